"""The state of a GraphRAG or RAPTOR job, as the page shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from dashboard.core.formatting import count, duration, visible
from dashboard.graph import joblog
from dashboard.models import Server
from dashboard.ragflow.resources.graph import Job, JobKind

# The end of the log is what matters; for ten thousand chunks the whole would be megabytes.
LOG_SHOWN: Final = 20_000
LATEST: Final = 10
# Failed documents to name.
NAMED: Final = 5
# From this progress on, an estimate of the remaining time is worth showing.
FORESEEN: Final = 0.1
KEPT: Final = 24 * 3600
# Matches counts such as "Entities extraction of chunk 12 40/120 done" and "… 3/9 communities".
_STEPS: Final = re.compile(r"(?<![\d./:])(\d{1,7})\s?/\s?(\d{1,7})(?![\d./:])")
NAMES: Final[dict[JobKind, str | Promise]] = {
    JobKind.GRAPH: _lazy("Knowledge graph"),
    JobKind.RAPTOR: _lazy("RAPTOR summaries"),
}


@dataclass(frozen=True)
class State:
    """``kind`` is done, run, stall, warn, fail, stop or todo; ``percent`` is set while it runs, ``steps`` if its log
    counts.

    ``left_out`` holds (name, reason) of the first of the ``missing`` documents, which the graph was built without.
    ``advice`` is what to do about it.
    """

    job: JobKind
    title: str | Promise
    kind: str
    word: str
    note: str
    percent: int | None
    log: str
    steps: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    missing: int = 0
    advice: str = ""

    @property
    def doing(self) -> str:
        """The text of the progress bar for screen readers."""
        return _("Building")

    @property
    def running(self) -> bool:
        return self.kind in ("run", "stall")

    @property
    def latest(self) -> str:
        """The last lines of the log: as many as fit without scrolling, since they are replaced every few seconds."""
        return "\n".join(self.log.splitlines()[-LATEST:])


def kind_of(text: str) -> JobKind | None:
    """The job named in a URL or a form; None if there is no such job."""
    return JobKind(text) if text in set(JobKind) else None


def state_of(
    server: Server, kind: JobKind, job: Job | None, *, names: Mapping[str, str] | None = None, empty: bool = False
) -> State:
    """The state of the last job of this kind. RAGFlow keeps it even after the result was deleted.

    ``names`` maps document ids to names, as far as known; ``empty`` means that there is no graph.
    """
    title = NAMES[kind]
    log = _readable(job.log) if job else ""
    if job is None:
        return State(kind, title, "todo", _("Never built"), "", None, "")
    if job.cancelled:
        return State(kind, title, "stop", _("Cancelled"), "", None, log)
    if job.failed:
        return State(kind, title, "fail", _("Failed"), _took(job), None, log)
    if not job.running:
        return _ended(kind, title, job, log, names or {}, empty=empty)
    now = datetime.now(UTC)
    progress = _furthest(server, job)
    percent = int(progress * 100)
    seconds = _seconds(job.created_at, now)
    elapsed = _("for %(time)s") % {"time": duration(seconds)}
    quiet = _seconds(job.updated_at, now)
    steps = _steps(log)
    if quiet > settings.PARSE_STALLED_SECONDS:
        note = _("%(elapsed)s, no progress for %(quiet)s") % {"elapsed": elapsed, "quiet": duration(quiet)}
        return State(kind, title, "stall", _("Stalled"), note, percent, log, steps)
    word = _("Building") if progress else _("Waiting for a worker")
    if progress >= FORESEEN and seconds:
        left = _("about %(time)s left") % {"time": duration(seconds / progress * (1 - progress))}
        elapsed = f"{elapsed}, {left}"
    return State(kind, title, "run", word, elapsed, percent, log, steps)


def _ended(kind: JobKind, title: str | Promise, job: Job, log: str, names: Mapping[str, str], *, empty: bool) -> State:
    """The state of a job that RAGFlow reports as done; the log tells which documents are missing from the graph."""
    if job.from_templates:
        return _merged(kind, title, job, log, empty=empty)
    found = joblog.read(job.log) if kind is JobKind.GRAPH else joblog.Outcome()
    if empty and found.present:
        return State(kind, title, "todo", _("No graph"), _("It was deleted after it was built."), None, log)
    if found.missing:
        left_out = tuple(
            (visible(names.get(document_id) or _("document %(id)s") % {"id": document_id}), visible(reason))
            for document_id, reason in found.left_out[:NAMED]
        )
        words = {"n": count(found.missing), "total": count(found.missing + found.present)}
        text = ngettext(
            "%(n)s of %(total)s documents is not in the graph",
            "%(n)s of %(total)s documents are not in the graph",
            found.missing,
        )
        note = " · ".join(filter(None, (text % words, _took(job))))
        word, css = (_("Partly done"), "warn") if found.present else (_("Failed"), "fail")
        return State(kind, title, css, word, note, None, log, left_out=left_out, missing=found.missing)
    if kind is JobKind.GRAPH and empty:
        return State(kind, title, "todo", _("No graph"), _("The last job found no entities."), None, log)
    return State(kind, title, "done", _("Done"), _took(job), None, log)


def _merged(kind: JobKind, title: str | Promise, job: Job, log: str, *, empty: bool) -> State:
    """The state of a job that merges what compilation templates made. RAGFlow also calls it done if that is nothing."""
    nothing = joblog.built_nothing(job.log)
    if not nothing and not empty:
        return State(kind, title, "done", _("Done"), _took(job), None, log)
    said = _("RAGFlow's last line: “%(line)s”") % {"line": visible(joblog.last_line(job.log))}
    if not nothing:
        advice = _("RAGFlow returns no graph to this page. Look for it in RAGFlow itself.")
        return State(kind, title, "warn", _("No graph returned"), said, None, log, advice=advice)
    advice = _(
        "Choose a template group with a knowledge graph template in the settings of the dataset, parse the documents"
        " again, and then build."
    )
    return State(kind, title, "warn", _("Nothing was built"), said, None, log, advice=advice)


def _furthest(server: Server, job: Job) -> float:
    """The highest progress seen so far, because RAGFlow's value sometimes decreases."""
    key = f"{server.cache_key}:job-progress:{job.id}"
    furthest = max(job.progress, float(cache.get(key, 0.0)))
    cache.set(key, furthest, KEPT)
    return furthest


def _steps(log: str) -> str:
    """The step count of the last line that has one; "" if no line has one."""
    for line in reversed(log.splitlines()[-LATEST:]):
        found = [pair for pair in _STEPS.findall(line) if 0 < int(pair[1]) >= int(pair[0])]
        if found:
            done, total = found[-1]
            return _("step %(done)s of %(total)s") % {"done": count(int(done)), "total": count(int(total))}
    return ""


def _readable(log: str) -> str:
    """The end of the log, with control characters made visible line by line."""
    return "\n".join(visible(line) if line.strip() else "" for line in log[-LOG_SHOWN:].split("\n"))


def _took(job: Job) -> str:
    return _("took %(time)s") % {"time": duration(job.duration)} if job.duration else ""


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
