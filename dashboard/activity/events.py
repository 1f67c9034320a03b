"""Parse runs and jobs as one list: what, who, how long, and what became of how many documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.jobs import registry
from dashboard.models import Job, ParseRun, Server
from dashboard.ui import formatting
from dashboard.ui.bars import bar


@dataclass(frozen=True)
class Event:
    """A parse run or a job. ``facts`` are (words, class) of what became of its documents, ``retry`` how many failed."""

    url: str
    icon: str
    what: str
    dataset: str
    dataset_url: str
    who: str
    started_at: datetime
    took: str
    running: bool
    stopping: bool
    facts: tuple[tuple[str, str], ...]
    bar: SafeString | str
    trouble: str
    retry: int
    retry_url: str
    stop_url: str

    @property
    def state(self) -> str:
        if self.running:
            return _("stopping") if self.stopping else _("running")
        return ""


def of_job(server: Server, job: Any) -> Event:
    """``job`` comes from ``with_counts``."""
    action = registry.get(job.action)
    what = str(action.label)
    running = job.ended_at is None
    amounts = {"done": job.done + job.unneeded, "fail": job.failed, "stop": job.skipped, "todo": job.waiting}
    number = formatting.count
    facts = [(action.say_so_far(job.done, job.total or job.expected), "")]
    if job.failed:
        facts.append((_("%(n)s failed") % {"n": number(job.failed)}, "ra-bad"))
    if job.skipped:
        facts.append((_("%(n)s left out") % {"n": number(job.skipped)}, "ra-warn"))
    if job.unneeded:
        facts.append((_("nothing to do for %(n)s") % {"n": number(job.unneeded)}, ""))
    if running and not job.collected:
        facts = [(_("listing the documents"), "")]
    return Event(
        url=server.url("activity:job", job.pk),
        icon=action.icon,
        what=what,
        bar=_bar(what, amounts),
        facts=tuple(facts),
        trouble=job.trouble,
        running=running,
        stopping=job.stop_asked,
        retry=0 if running else job.failed + job.skipped,
        retry_url=server.url("activity:retry", job.pk),
        stop_url=server.url("activity:stop", job.pk) if running and not job.stop_asked else "",
        **_common(server, job),
    )


def of_run(server: Server, run: Any) -> Event:
    """``run`` comes from ``with_counts``."""
    amounts = {"done": run.parsed, "fail": run.failed, "stop": run.cancelled + run.gone, "run": run.open}
    number = formatting.count
    facts = [(_("%(n)s of %(total)s parsed") % {"n": number(run.parsed), "total": number(run.total)}, "")]
    if run.failed:
        facts.append((_("%(n)s failed") % {"n": number(run.failed)}, "ra-bad"))
    if run.cancelled:
        facts.append((_("%(n)s cancelled") % {"n": number(run.cancelled)}, "ra-warn"))
    if run.gone:
        facts.append((_("%(n)s deleted") % {"n": number(run.gone)}, ""))
    running = run.ended_at is None
    return Event(
        url=server.url("activity:run", run.pk),
        icon="list-details",
        what=_("Parse run"),
        bar=_bar(_("Parse run"), amounts),
        facts=tuple(facts),
        trouble="",
        running=running,
        stopping=False,
        retry=0 if running else run.failed,
        retry_url=server.url("activity:retry-run", run.pk),
        stop_url="",
        **_common(server, run),
    )


def running(server: Server, most: int = 50) -> list[Event]:
    """What goes on now, newest first."""
    return _events(server, Job.objects.filter(ended_at=None), ParseRun.objects.filter(ended_at=None), 0, most)


def past(server: Server, first: int, size: int) -> list[Event]:
    """What has ended, newest first: ``size`` of them from ``first`` (0 is the newest)."""
    jobs, runs = Job.objects.exclude(ended_at=None), ParseRun.objects.exclude(ended_at=None)
    return _events(server, jobs, runs, first, first + size)


def past_total(server: Server) -> int:
    """How many have ended."""
    return sum(model.objects.filter(server=server).exclude(ended_at=None).count() for model in (Job, ParseRun))


def _events(server: Server, jobs: QuerySet[Job], runs: QuerySet[ParseRun], first: int, last: int) -> list[Event]:
    keys: list[tuple[datetime, str, int]] = []
    for kind, rows in (("job", jobs), ("run", runs)):
        found = rows.filter(server=server).order_by("-started_at", "-pk").values_list("started_at", "pk")[:last]
        keys += [(at, kind, pk) for at, pk in found]
    chosen = sorted(keys, reverse=True)[first:last]
    # Only what is shown is counted.
    counted_jobs = Job.objects.with_counts().in_bulk([pk for _at, kind, pk in chosen if kind == "job"])
    counted_runs = ParseRun.objects.with_counts().in_bulk([pk for _at, kind, pk in chosen if kind == "run"])
    return [
        of_job(server, counted_jobs[pk]) if kind == "job" else of_run(server, counted_runs[pk])
        for _at, kind, pk in chosen
        if pk in (counted_jobs if kind == "job" else counted_runs)
    ]


def _common(server: Server, row: Job | ParseRun) -> dict[str, Any]:
    seconds = ((row.ended_at or timezone.now()) - row.started_at).total_seconds()
    return {
        "dataset": formatting.visible(row.dataset_name),
        "dataset_url": server.url("documents:list", row.dataset_id),
        "who": row.username,
        "started_at": row.started_at,
        "took": formatting.duration(max(1, seconds)),
    }


def _bar(label: str, amounts: Mapping[str, int]) -> SafeString | str:
    return bar(label, amounts, "ra-bar--thin") if any(amounts.values()) else ""


def reasons(rows: Sequence[Any]) -> list[tuple[str, str, str]]:
    """(name, state in words, reason) of job items or parsed documents."""
    found = []
    for row in rows:
        words = row.get_state_display() if hasattr(row, "state") else row.get_outcome_display()
        found.append((formatting.visible(row.name), str(words), getattr(row, "reason", "")))
    return found
