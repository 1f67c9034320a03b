"""The number of documents of each dataset by status: parsed, being parsed, failed, cancelled, not parsed.

RAGFlow 0.27 counts them in its list of datasets, in one call for all (ragflow-0.27 §6). Older releases count documents
by status for one dataset at a time (contract §9.2): a fully parsed dataset costs one call, any other at most five. The
counts are cached for some seconds for all users.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import bars, formatting
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Dataset, RunStatus

logger = logging.getLogger(__name__)
KEPT_SECONDS = 10
OTHERS = (RunStatus.RUNNING, RunStatus.FAIL, RunStatus.CANCEL)


@dataclass(frozen=True)
class State:
    """Document counts by status. ``documents`` is the dataset's own total at the time of counting."""

    documents: int
    total: int
    done: int
    running: int = 0
    failed: int = 0
    stopped: int = 0

    @property
    def todo(self) -> int:
        """Documents never parsed, or in an undocumented status that RAGFlow sometimes reports."""
        return max(0, self.total - self.done - self.running - self.failed - self.stopped)

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """The counts other than parsed, as (CSS class, number, text)."""
        named = (
            ("", self.running, _("%(n)s parsing")),
            ("ra-bad", self.failed, _("%(n)s failed")),
            ("", self.stopped, _("%(n)s cancelled")),
            ("", self.todo, _("%(n)s not parsed")),
        )
        return [(css, number, words % {"n": formatting.count(number)}) for css, number, words in named if number]

    @property
    def parsed(self) -> str:
        """``1,062 of 1,284 parsed``, or ``48 parsed``."""
        if self.done == self.total:
            return ngettext("%(n)s parsed", "%(n)s parsed", self.done) % {"n": formatting.count(self.done)}
        return _("%(done)s of %(total)s parsed") % {
            "done": formatting.count(self.done),
            "total": formatting.count(self.total),
        }

    def bar(self, name: str) -> SafeString:
        """The counts as a stacked bar; ``name`` is the dataset's, for screen readers."""
        words = ", ".join([self.parsed, *(words for _css, _number, words in self.parts)])
        return bars.bar(
            f"{formatting.visible(name)}: {words}",
            {"done": self.done, "run": self.running, "fail": self.failed, "stop": self.stopped, "todo": self.todo},
            "ra-bar--thin",
        )


def of(ragflow: RAGFlow, server: Server, datasets: Iterable[Dataset]) -> dict[str, State]:
    """The states by dataset id, at most ``KEPT_SECONDS`` old. Empty datasets cost no calls.

    Datasets that could not be counted are missing.
    """
    filled = [dataset for dataset in datasets if dataset.document_count]
    told = {dataset.id: _told(dataset, dataset.states) for dataset in filled if dataset.states is not None}
    filled = [dataset for dataset in filled if dataset.id not in told]
    kept: dict[str, State] = cache.get_many([_key(server, dataset) for dataset in filled])
    known = {dataset.id: kept[_key(server, dataset)] for dataset in filled if _key(server, dataset) in kept}
    missing = [
        dataset
        for dataset in filled
        if dataset.id not in known or known[dataset.id].documents != dataset.document_count
    ]
    counted = _count(ragflow, missing)
    cache.set_many(
        {_key(server, dataset): counted[dataset.id] for dataset in missing if dataset.id in counted}, KEPT_SECONDS
    )
    return told | known | counted


def _told(dataset: Dataset, counts: Mapping[RunStatus, int]) -> State:
    """The state from RAGFlow's own counts."""
    done, running, failed, stopped = (
        counts.get(status, 0) for status in (RunStatus.DONE, RunStatus.RUNNING, RunStatus.FAIL, RunStatus.CANCEL)
    )
    # A scheduled document is counted nowhere: it waits, like one that was never parsed.
    total = max(dataset.document_count, sum(counts.values()))
    return State(dataset.document_count, total, done, running, failed, stopped)


def _count(ragflow: RAGFlow, datasets: list[Dataset]) -> dict[str, State]:
    found = _counted_at_once(ragflow, datasets)
    datasets = [dataset for dataset in datasets if dataset.id not in found]
    done = parallel(*(_counting(ragflow, dataset, RunStatus.DONE) for dataset in datasets))
    unfinished = []
    for dataset, number in zip(datasets, done, strict=True):
        if number == dataset.document_count:
            found[dataset.id] = State(number, number, number)
        elif number is not None:
            unfinished.append((dataset, number))
    calls = [_counting(ragflow, dataset, status) for dataset, _number in unfinished for status in (None, *OTHERS)]
    answers = iter(parallel(*calls))
    for dataset, parsed in unfinished:
        total, running, failed, stopped = (next(answers) for _status in (None, *OTHERS))
        if total is None or running is None or failed is None or stopped is None:
            continue
        # Counted one after another: documents parsed in between must not make the parts exceed the total.
        whole = max(total, parsed + running + failed + stopped)
        found[dataset.id] = State(dataset.document_count, whole, parsed, running, failed, stopped)
    return found


def _counted_at_once(ragflow: RAGFlow, datasets: list[Dataset]) -> dict[str, State]:
    try:
        counts = ragflow.datasets.states([dataset.id for dataset in datasets])
    except errors.RAGFlowError as error:
        logger.warning("Not counted: %s %s: %s", error.method, error.path, error.message)
        return {}
    return {dataset.id: _told(dataset, counts[dataset.id]) for dataset in datasets if dataset.id in counts}


def _counting(ragflow: RAGFlow, dataset: Dataset, status: RunStatus | None) -> Callable[[], int | None]:
    def ask() -> int | None:
        try:
            run = () if status is None else (status,)
            return ragflow.documents.list(dataset.id, page=1, page_size=1, run=run).total
        except errors.RAGFlowError as error:
            logger.warning("Not counted: %s %s: %s", error.method, error.path, error.message)
            return None

    return ask


def _key(server: Server, dataset: Dataset) -> str:
    return f"{server.cache_key}:states:{dataset.id}"
