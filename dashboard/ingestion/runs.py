"""Runs from RAGFlow's ingestion log, as the tables show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core import formatting
from dashboard.datasets import methods
from dashboard.documents.parsing import parse_log
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.ingestion.logs import IngestionLog, IngestionSummary, LogKind
from dashboard.ragflow.types import RunStatus

# Characters of a log in a table of many; the page of one run has more.
LOG_IN_TABLE: Final = 4_000
MESSAGE: Final = 160
# RAGFlow cannot list the runs of one document: so many pages of the dataset's are searched.
PAGE: Final = 100
SEARCHED_PAGES: Final = 3
_PARSE: Final = "Parse"
# RAGFlow's words for what was run.
KINDS: Final[dict[str, str | Promise]] = {
    _PARSE: _lazy("Parsing"),
    "RAPTOR": _lazy("RAPTOR summaries"),
    "GraphRAG": _lazy("Knowledge graph"),
    "structure_graph": _lazy("Knowledge graph"),
}
# Of each state: how ``core/status.html`` shows it, and its word.
STATES: Final[dict[RunStatus, tuple[str, str | Promise]]] = {
    RunStatus.UNSTART: ("todo", _lazy("Not started")),
    RunStatus.RUNNING: ("run", _lazy("Running")),
    RunStatus.CANCEL: ("stop", _lazy("Cancelled")),
    RunStatus.DONE: ("done", _lazy("Done")),
    RunStatus.FAIL: ("fail", _lazy("Failed")),
}
# The same in a line that counts documents.
_IN_STATE: Final[dict[RunStatus, str | Promise]] = {
    RunStatus.UNSTART: _lazy("not parsed"),
    RunStatus.RUNNING: _lazy("parsing"),
    RunStatus.CANCEL: _lazy("cancelled"),
    RunStatus.DONE: _lazy("parsed"),
    RunStatus.FAIL: _lazy("failed"),
}


@dataclass(frozen=True)
class Run:
    """One run. ``title`` is the document or the job; ``message`` its reason or last line; ``url`` has the whole log.

    ``log`` is the end of the log; ``is_cut`` says whether there is more of it.
    """

    title: str
    title_url: str
    method: str
    what: str | Promise
    kind: str
    word: str | Promise
    took: str
    ended: str
    message: str
    log: str
    is_cut: bool
    url: str


@dataclass(frozen=True)
class Found:
    """The runs of one document. ``searched``: how many runs of the dataset were looked at; ``is_all``: all of them."""

    runs: tuple[IngestionLog, ...]
    searched: int
    is_all: bool


def rows(server: Server, dataset_id: str, logs: Iterable[IngestionLog], most: int = LOG_IN_TABLE) -> list[Run]:
    """The rows of a table of runs; at most ``most`` characters of each log."""
    return [_row(server, dataset_id, log, most) for log in logs]


def of_document(ragflow: RAGFlow, dataset_id: str, document_id: str) -> Found:
    """The runs of a document, newest first, among the newest 300 of its dataset: one call for each 100."""
    runs: list[IngestionLog] = []
    searched, number = 0, 1
    while True:
        page = ragflow.ingestions.list(dataset_id, LogKind.DOCUMENTS, number, PAGE)
        runs += [run for run in page if run.document_id == document_id]
        searched += len(page)
        if not page.has_next or number == SEARCHED_PAGES:
            return Found(tuple(runs), searched, not page.has_next)
        number += 1


def counts(summary: IngestionSummary) -> list[tuple[str, str | Promise]]:
    """How many documents are in each state that has any, for one line of facts."""
    return [(formatting.count(number), _IN_STATE[state]) for state, number in summary.states.items() if number]


def _row(server: Server, dataset_id: str, log: IngestionLog, most: int) -> Run:
    kind, word = STATES[log.state]
    what = KINDS.get(log.task_type) or formatting.visible(log.task_type or _("Job"))
    end = parse_log.tail(log.log.strip(), most)
    if log.document_id:
        title = formatting.visible(log.document_name or _("Document"))
        title_url = server.url("documents:log", dataset_id, log.document_id)
    else:
        title, title_url = str(what), server.url("graph:page", dataset_id)
    return Run(
        title=title,
        title_url=title_url,
        method=formatting.visible(methods.label(log.method)) if log.method else "",
        what=what,
        kind=kind,
        word=word,
        took=formatting.duration(log.duration) if log.duration else "",
        ended=formatting.moment(log.ended_at),
        message=formatting.shortened(formatting.visible(_message(log)), MESSAGE),
        log="\n".join(formatting.visible(line) if line.strip() else "" for line in end.splitlines()),
        is_cut=len(end) < len(log.log.strip()),
        url=server.url("ingestion:run", dataset_id, log.id),
    )


def _message(log: IngestionLog) -> str:
    """The reason of a failed run, else the last line of the log."""
    lines = [line.strip() for line in parse_log.tail(log.log).splitlines() if line.strip()]
    wrong = [line for line in lines if "[ERROR]" in line]
    if log.state is RunStatus.FAIL and wrong:
        return parse_log.reason(wrong[-1])
    return lines[-1] if lines else _("The log is empty.")
