"""One thing that goes on or went on in the background: what, who, how long, and what became of how many documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.jobs import registry
from dashboard.models import Job, ParseRun, Server
from dashboard.ui import formatting
from dashboard.ui.bars import bar


@dataclass(frozen=True)
class Event:
    """A row of Activity. ``facts`` are (words, class) of what came of it, ``retry`` how many failed.

    ``dataset`` and its address are what it was about: a dataset, or a set of questions. ``open_only`` is for what is
    retried on its own page.
    """

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
    open_only: bool = False

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
        bar=thin_bar(what, amounts),
        facts=tuple(facts),
        trouble=job.trouble,
        running=running,
        stopping=job.stop_asked,
        retry=0 if running else job.failed + job.skipped,
        retry_url=server.url("activity:retry", job.pk),
        stop_url=server.url("activity:stop", job.pk) if running and not job.stop_asked else "",
        **common(server, job),
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
        bar=thin_bar(_("Parse run"), amounts),
        facts=tuple(facts),
        trouble="",
        running=running,
        stopping=False,
        retry=0 if running else run.failed,
        retry_url=server.url("activity:retry-run", run.pk),
        stop_url="",
        **common(server, run),
    )


def common(server: Server, row: Job | ParseRun) -> dict[str, Any]:
    """What all that is done with documents of a dataset has in common."""
    return {
        "dataset": formatting.visible(row.dataset_name),
        "dataset_url": server.url("documents:list", row.dataset_id),
        "who": row.username,
        "started_at": row.started_at,
        "took": took(row.started_at, row.ended_at),
    }


def took(started_at: datetime, ended_at: datetime | None) -> str:
    """How long it took, or takes up to now."""
    return formatting.duration(max(1, ((ended_at or timezone.now()) - started_at).total_seconds()))


def thin_bar(label: str, amounts: Mapping[str, int]) -> SafeString | str:
    """A bar of many parts; "" while there is nothing to show."""
    return bar(label, amounts, "ra-bar--thin") if any(amounts.values()) else ""


def reasons(rows: Iterable[tuple[str, str, str]], states: type[TextChoices]) -> list[tuple[str, str, str]]:
    """(name, state in words, reason) of rows that have the state as it is stored: one of ``states``."""
    words = {state.value: str(state.label) for state in states}
    return [(formatting.visible(name), words.get(state, state), reason) for name, state, reason in rows]
