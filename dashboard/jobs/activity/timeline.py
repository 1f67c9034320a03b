"""All running and finished background work on a server as one list, by kind and page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.access.rights import ServerRights
from dashboard.jobs.activity import questions
from dashboard.jobs.activity.events import Event, of_job, of_run
from dashboard.models import Job, ParseRun, QuestionRun, QuestionSet, Server

MOST_RUNNING: Final = 50
KINDS: Final[dict[str, str | Promise]] = {
    "parsing": _lazy("Parse runs"),
    "jobs": _lazy("Document jobs"),
    "questions": _lazy("Evaluations"),
    "graph": _lazy("Graph and RAPTOR"),
}
STATES: Final[dict[str, str | Promise]] = {"running": _lazy("Running"), "past": _lazy("Finished")}

# Start time, kind, primary key.
Key = tuple[datetime, str, int]


@dataclass(frozen=True)
class Source:
    """One kind: its running and finished rows, the column with their start time, and how to make events of them."""

    running: QuerySet[Any]
    past: QuerySet[Any]
    began: str
    events: Callable[[Sequence[int]], dict[int, Event]]


_more: dict[str, Callable[[Server, ServerRights], Source]] = {}


def add_source(kind: str, make: Callable[[Server, ServerRights], Source]) -> None:
    """Register another area's kind. Called when the area's module is imported (``dashboard/apps.py``)."""
    _more[kind] = make


def sources(server: Server, rights: ServerRights, kind: str = "") -> dict[str, Source]:
    """All kinds, or the one with that key, in what these rights show.

    Only the graph's calls RAGFlow, and only if a graph was built.
    """
    jobs = rights.visible(Job.objects.filter(server=server))
    runs = rights.visible(ParseRun.objects.filter(server=server))
    asked = QuestionRun.objects.filter(question_set__in=rights.visible_sets(QuestionSet.objects.filter(server=server)))
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
    # Without jobs whose parse run is listed already.
    found["jobs"] = replace(found["jobs"], past=jobs.exclude(ended_at=None).without_told())
    found |= {key: make(server, rights) for key, make in _more.items()}
    return {kind: found[kind]} if kind else found


def running(wanted: dict[str, Source]) -> list[Event]:
    """What is running, newest first."""
    keys: list[Key] = []
    for kind, source in wanted.items():
        keys += _newest(source.running, kind, source.began, MOST_RUNNING)
    return _events(wanted, sorted(keys, reverse=True)[:MOST_RUNNING])


def past(wanted: dict[str, Source], first: int, size: int) -> tuple[list[Event], int]:
    """Finished events, newest first: ``size`` of them from index ``first``, and their total number."""
    keys: list[Key] = []
    total = 0
    for kind, source in wanted.items():
        newest = _newest(source.past, kind, source.began, first + size)
        # Fewer rows than requested means that there are no more.
        total += len(newest) if len(newest) < first + size else source.past.count()
        keys += newest
    return _events(wanted, sorted(keys, reverse=True)[first : first + size]), total


def _newest(rows: QuerySet[Any], kind: str, began: str, most: int) -> list[Key]:
    return [(at, kind, pk) for at, pk in rows.order_by(f"-{began}", "-pk").values_list(began, "pk")[:most]]


def _events(wanted: dict[str, Source], chosen: Sequence[Key]) -> list[Event]:
    made: dict[tuple[str, int], Event] = {}
    for kind, source in wanted.items():
        # Items are counted only for the rows that are shown.
        if pks := [pk for _at, key, pk in chosen if key == kind]:
            made |= {(kind, pk): event for pk, event in source.events(pks).items()}
    return [made[kind, pk] for _at, kind, pk in chosen if (kind, pk) in made]


def _jobs(server: Server, pks: Sequence[int]) -> dict[int, Event]:
    return {job.pk: of_job(server, job) for job in Job.objects.filter(pk__in=pks).counted()}


def _runs(server: Server, pks: Sequence[int]) -> dict[int, Event]:
    return {run.pk: of_run(server, run) for run in ParseRun.objects.filter(pk__in=pks).counted()}
