"""Knowledge graphs and RAPTOR as rows of Activity.

RAGFlow keeps only the last job of each kind and dataset, without a user name. Our audit trail knows who started a job;
its state is requested from RAGFlow, for a few jobs at most and not on every page load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.core import formatting
from dashboard.core.access.rights import ServerRights
from dashboard.graph import jobs
from dashboard.jobs.activity.events import Event, thin_bar, took
from dashboard.jobs.activity.timeline import Source, add_source
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow, Timeouts, errors, parallel
from dashboard.ragflow.resources.graph import JobKind
from dashboard.servers.connection import client_for

ACTIONS: Final = {"graph.run": JobKind.GRAPH, "raptor.run": JobKind.RAPTOR}
# The newest jobs, which may still be running: only these are looked up.
ASKED: Final = 6
LATELY: Final = timedelta(days=14)
KEPT_WHILE_RUNNING: Final = 5
KEPT: Final = 3600
# The page must not hang on a server that does not respond.
TIMEOUTS: Final = Timeouts(connect=2.0, read=3.0, whole=5.0)


@dataclass(frozen=True)
class Known:
    """The states of the jobs that were looked up, by the key of the audit entry that started them."""

    states: dict[int, jobs.State | None]

    @property
    def running(self) -> list[int]:
        """The keys of the running jobs."""
        return [pk for pk, state in self.states.items() if state is not None and state.running]


def started(server: Server) -> QuerySet[AuditEntry]:
    """Every job started from this dashboard."""
    return AuditEntry.objects.filter(server=server, action__in=ACTIONS)


def current_states(server: Server) -> Known:
    """The states of the newest jobs: one call for each that is not cached, all in parallel."""
    newest: dict[tuple[str, str], AuditEntry] = {}
    recent = started(server).filter(at__gte=timezone.now() - LATELY, outcome=AuditEntry.Outcome.OK)
    for entry in recent.order_by("-at", "-pk")[:50]:
        newest.setdefault((entry.action, _dataset(entry)), entry)
    entries = list(newest.values())[:ASKED]
    client = client_for(server, TIMEOUTS)
    found = parallel(*(_asking(server, client, entry) for entry in entries))
    return Known({entry.pk: state for entry, state in zip(entries, found, strict=True)})


def events(server: Server, pks: Sequence[int], known: Known) -> dict[int, Event]:
    """The Activity rows of these jobs, by the keys of their audit entries."""
    return {entry.pk: _event(server, entry, known) for entry in started(server).filter(pk__in=pks)}


def source(server: Server, rights: ServerRights) -> Source:
    """Graph jobs as a source of Activity."""
    built, known = rights.visible(started(server)), current_states(server)
    running = known.running
    return Source(
        built.filter(pk__in=running), built.exclude(pk__in=running), "at", lambda pks: events(server, pks, known)
    )


def _asking(server: Server, client: RAGFlow, entry: AuditEntry) -> Callable[[], jobs.State | None]:
    key = f"{server.cache_key}:activity-graph:{entry.pk}"

    def ask() -> jobs.State | None:
        remembered: tuple[jobs.State | None] | None = cache.get(key)
        if remembered is not None:
            return remembered[0]
        try:
            kind = ACTIONS[entry.action]
            job = client.graph.trace(_dataset(entry), kind)
            # RAGFlow calls this kind of job done even if it built nothing.
            empty = (
                job is not None
                and job.from_templates
                and job.progress == 1
                and not client.graph.get(_dataset(entry)).nodes
            )
            state = jobs.state_of(server, kind, job, empty=empty)
        except errors.RAGFlowError:
            state = None
        over = state is not None and not state.running
        cache.set(key, (state,), KEPT if over else KEPT_WHILE_RUNNING)
        return state

    return ask


def _event(server: Server, entry: AuditEntry, known: Known) -> Event:
    state = known.states.get(entry.pk)
    running = state is not None and state.running
    what = str(jobs.NAMES[ACTIONS[entry.action]])
    facts: list[tuple[str, str]] = []
    if entry.outcome == AuditEntry.Outcome.FAILED:
        facts.append((_("not started"), "ra-bad"))
    elif state is not None:
        css = {"fail": "ra-bad", "stall": "ra-warn", "warn": "ra-warn"}.get(state.kind, "")
        facts.append((state.word, css))
        facts += [(note, "") for note in (state.note,) if note]
    else:
        facts.append((_("outcome unknown"), ""))
    done = state.percent if state is not None and state.percent is not None else 0
    return Event(
        url=server.url("graph:page", _dataset(entry)),
        icon="affiliate",
        what=what,
        dataset=formatting.visible(entry.target_names[0] if entry.target_names else ""),
        dataset_url=server.url("documents:list", _dataset(entry)),
        who=entry.username,
        started_at=entry.at,
        took=took(entry.at, None) if running else "",
        running=running,
        stopping=False,
        facts=tuple(facts),
        bar=thin_bar(what, {"run": done, "todo": 100 - done}) if running else "",
        last_error=entry.error if entry.outcome == AuditEntry.Outcome.FAILED else "",
        retry=0,
        retry_url="",
        stop_url="",
        open_only=True,
    )


def _dataset(entry: AuditEntry) -> str:
    return str(entry.target_ids[0]) if entry.target_ids else ""


add_source("graph", source)
