"""All that goes on and went on in the background of a server as one list, by kind and page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from dashboard.jobs.activity import questions
from dashboard.jobs.activity.events import Event, of_job, of_run
from dashboard.models import Job, ParseRun, QuestionRun, Server

MOST_RUNNING: Final = 50
KINDS: Final[dict[str, str | Promise]] = {
    "parsing": _lazy("Parse runs"),
    "jobs": _lazy("Jobs on documents"),
    "questions": _lazy("Runs of questions"),
    "graph": _lazy("Graph and RAPTOR"),
}
STATES: Final[dict[str, str | Promise]] = {"running": _lazy("Running"), "past": _lazy("Past")}

# When it began, of which kind, its primary key.
Key = tuple[datetime, str, int]


@dataclass(frozen=True)
class Source:
    """One kind: its rows that run and those that ended, the name of the column when it began, and its events."""

    running: QuerySet[Any]
    past: QuerySet[Any]
    began: str
    events: Callable[[Sequence[int]], dict[int, Event]]


_more: dict[str, Callable[[Server], Source]] = {}


def add_source(kind: str, make: Callable[[Server], Source]) -> None:
    """Have an area's own kind listed, too. Called when the module of the area is imported (``dashboard/apps.py``)."""
    _more[kind] = make


def sources(server: Server, kind: str = "") -> dict[str, Source]:
    """All kinds, or the one of that key. Only the graph's asks RAGFlow anything, and only when somebody built one."""
    jobs, runs = Job.objects.filter(server=server), ParseRun.objects.filter(server=server)
    asked = QuestionRun.objects.filter(question_set__server=server)
    found = {
        "parsing": Source(
            runs.filter(ended_at=None), runs.exclude(ended_at=None), "started_at", lambda pks: _runs(server, pks)
        ),
        "jobs": Source(
            jobs.filter(ended_at=None), jobs.exclude(ended_at=None), "started_at", lambda pks: _jobs(server, pks)
        ),
        "questions": Source(
            asked.filter(ended_at=None),
            asked.exclude(ended_at=None),
            "started_at",
            lambda pks: questions.events(server, pks),
        ),
    }
    if kind in found:
        return {kind: found[kind]}
    # Beside the parse runs, one entry for what was done once.
    found["jobs"] = replace(found["jobs"], past=jobs.exclude(ended_at=None).without_told())
    found |= {key: make(server) for key, make in _more.items()}
    return {kind: found[kind]} if kind else found


def running(wanted: dict[str, Source]) -> list[Event]:
    """What goes on now, newest first."""
    keys: list[Key] = []
    for kind, source in wanted.items():
        keys += _newest(source.running, kind, source.began, MOST_RUNNING)
    return _events(wanted, sorted(keys, reverse=True)[:MOST_RUNNING])


def past(wanted: dict[str, Source], first: int, size: int) -> tuple[list[Event], int]:
    """What has ended, newest first: ``size`` of them from ``first`` (0 is the newest), and how many there are."""
    keys: list[Key] = []
    total = 0
    for kind, source in wanted.items():
        newest = _newest(source.past, kind, source.began, first + size)
        # Who got less than asked for has got all.
        total += len(newest) if len(newest) < first + size else source.past.count()
        keys += newest
    return _events(wanted, sorted(keys, reverse=True)[first : first + size]), total


def _newest(rows: QuerySet[Any], kind: str, began: str, most: int) -> list[Key]:
    return [(at, kind, pk) for at, pk in rows.order_by(f"-{began}", "-pk").values_list(began, "pk")[:most]]


def _events(wanted: dict[str, Source], chosen: Sequence[Key]) -> list[Event]:
    made: dict[tuple[str, int], Event] = {}
    for kind, source in wanted.items():
        # Only what is shown is counted.
        if pks := [pk for _at, key, pk in chosen if key == kind]:
            made |= {(kind, pk): event for pk, event in source.events(pks).items()}
    return [made[kind, pk] for _at, kind, pk in chosen if (kind, pk) in made]


def _jobs(server: Server, pks: Sequence[int]) -> dict[int, Event]:
    return {job.pk: of_job(server, job) for job in Job.objects.filter(pk__in=pks).counted()}


def _runs(server: Server, pks: Sequence[int]) -> dict[int, Event]:
    return {run.pk: of_run(server, run) for run in ParseRun.objects.filter(pk__in=pks).counted()}
