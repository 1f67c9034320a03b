"""How a GraphRAG or RAPTOR job stands, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.ragflow.graph import Job, JobKind
from dashboard.ui.formatting import duration, visible

# The end tells how it stands; a log of ten thousand chunks has megabytes.
LOG_SHOWN: Final = 20_000
LATEST: Final = 10
NAMES: Final[dict[JobKind, str | Promise]] = {
    JobKind.GRAPH: _lazy("Knowledge graph"),
    JobKind.RAPTOR: _lazy("RAPTOR summaries"),
}


@dataclass(frozen=True)
class State:
    """``kind`` is done, run, stall, fail or todo; ``percent`` is there while it runs."""

    job: JobKind
    title: str | Promise
    kind: str
    word: str
    note: str
    percent: int | None
    log: str

    @property
    def running(self) -> bool:
        return self.kind in ("run", "stall")

    @property
    def latest(self) -> str:
        """The last lines of the log: what fits without scrolling, since it is replaced every few seconds."""
        return "\n".join(self.log.splitlines()[-LATEST:])


def kind_of(text: str) -> JobKind | None:
    """The job that an address or a form names."""
    return JobKind(text) if text in set(JobKind) else None


def state_of(kind: JobKind, job: Job | None) -> State:
    """How the last job of this kind stands; RAGFlow keeps only one."""
    title = NAMES[kind]
    log = _readable(job.log) if job else ""
    if job is None:
        return State(kind, title, "todo", _("Never built"), "", None, "")
    if job.failed:
        return State(kind, title, "fail", _("Failed"), _took(job), None, log)
    if not job.running:
        return State(kind, title, "done", _("Done"), _took(job), None, log)
    now = datetime.now(UTC)
    percent = int(job.progress * 100)
    elapsed = _("for %(time)s") % {"time": duration(_seconds(job.created_at, now))}
    quiet = _seconds(job.updated_at, now)
    if quiet > settings.PARSE_STALLED_SECONDS:
        note = _("%(elapsed)s; nothing moved for %(quiet)s") % {"elapsed": elapsed, "quiet": duration(quiet)}
        return State(kind, title, "stall", _("Stands still"), note, percent, log)
    word = _("Building") if job.progress else _("Waiting for a worker")
    return State(kind, title, "run", word, elapsed, percent, log)


def _readable(log: str) -> str:
    """The end of the log, with control characters made visible line by line."""
    return "\n".join(visible(line) if line.strip() else "" for line in log[-LOG_SHOWN:].split("\n"))


def _took(job: Job) -> str:
    return _("took %(time)s") % {"time": duration(job.duration)} if job.duration else ""


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
