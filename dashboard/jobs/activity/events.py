"""An event of Activity: a running or finished job or parse run, with its user, duration and outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core import formatting
from dashboard.core.bars import bar
from dashboard.jobs import leases, registry
from dashboard.models import Job, JobItem, ParsedDocument, ParseRun, Server

# The most characters shown of a reason.
REASON: Final = 500
# A worker starts at once. A job that none has claimed after this time is shown as waiting for one.
LEFT: Final = timedelta(seconds=2 * leases.TICK)


@dataclass(frozen=True)
class Event:
    """A row of Activity. ``facts`` are (text, CSS class) pairs, ``retry`` is the number that can be retried.

    ``dataset`` and ``dataset_url`` are what the event is about: a dataset, or a question set. ``open_only`` marks
    events that can only be retried on their own page.
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
    last_error: str
    retry: int
    retry_url: str
    stop_url: str
    open_only: bool = False

    @property
    def state(self) -> str:
        if self.running:
            return _("cancelling") if self.stopping else _("running")
        return ""


def of_job(server: Server, job: Job) -> Event:
    """The event of a job, which must have its ``counts``."""
    action = registry.get(job.action)
    what = str(action.label)
    running = job.ended_at is None
    State = JobItem.State
    done, failed, skipped, unneeded = (
        job.counts[state] for state in (State.DONE, State.FAILED, State.SKIPPED, State.UNNEEDED)
    )
    waiting = job.counts[State.WAITING] + job.counts[State.STARTED]
    amounts = {"done": done + unneeded, "fail": failed, "stop": skipped, "todo": waiting}
    number = formatting.count
    facts = [(action.say_so_far(done, job.counts.total() or job.expected), "")]
    if failed:
        facts.append((_("%(n)s failed") % {"n": number(failed)}, "ra-bad"))
    if skipped:
        facts.append((_("%(n)s skipped") % {"n": number(skipped)}, "ra-warn"))
    if unneeded:
        facts.append((_("nothing to do for %(n)s") % {"n": number(unneeded)}, ""))
    if running and not job.collected:
        facts = [(_("listing the documents"), "")]
    return Event(
        url=server.url("activity:job", job.pk),
        icon=action.icon,
        what=what,
        bar=thin_bar(what, amounts),
        facts=tuple(facts),
        last_error=job.last_error or (_("Waiting for a worker.") if _is_left(job) else ""),
        running=running,
        stopping=job.stop_asked,
        retry=0 if running or job.tallied else failed + skipped,
        retry_url=server.url("activity:retry", job.pk),
        stop_url=server.url("activity:stop", job.pk) if running and not job.stop_asked else "",
        **common(server, job),
    )


def _is_left(job: Job) -> bool:
    """Whether a due job has no worker: the queue is down, or there are no workers, or too few."""
    if job.ended_at or job.claimed_until or job.next_at is None:
        return False
    return timezone.now() - job.next_at > LEFT


def of_run(server: Server, run: ParseRun) -> Event:
    """The event of a parse run, which must have its ``counts``."""
    Outcome = ParsedDocument.Outcome
    parsed, failed, cancelled, gone = (
        run.counts[outcome] for outcome in (Outcome.PARSED, Outcome.FAILED, Outcome.CANCELLED, Outcome.GONE)
    )
    amounts = {"done": parsed, "fail": failed, "stop": cancelled + gone, "run": run.counts[Outcome.OPEN]}
    number = formatting.count
    facts = [(_("%(n)s of %(total)s parsed") % {"n": number(parsed), "total": number(run.counts.total())}, "")]
    if failed:
        facts.append((_("%(n)s failed") % {"n": number(failed)}, "ra-bad"))
    if cancelled:
        facts.append((_("%(n)s cancelled") % {"n": number(cancelled)}, "ra-warn"))
    if gone:
        facts.append((_("%(n)s deleted") % {"n": number(gone)}, ""))
    running = run.ended_at is None
    return Event(
        url=server.url("activity:run", run.pk),
        icon="list-details",
        what=_("Parse run"),
        bar=thin_bar(_("Parse run"), amounts),
        facts=tuple(facts),
        last_error="",
        running=running,
        stopping=False,
        retry=0 if running else failed,
        retry_url=server.url("activity:retry-run", run.pk),
        stop_url="",
        **common(server, run),
    )


def common(server: Server, row: Job | ParseRun) -> dict[str, Any]:
    """The fields that all events about documents of a dataset share."""
    return {
        "dataset": formatting.visible(row.dataset_name),
        "dataset_url": server.url("documents:list", row.dataset_id),
        "who": row.username,
        "started_at": row.started_at,
        "took": took(row.started_at, row.ended_at),
    }


def took(started_at: datetime, ended_at: datetime | None) -> str:
    """The duration, up to now for a running event."""
    return formatting.duration(max(1, ((ended_at or timezone.now()) - started_at).total_seconds()))


def thin_bar(label: str, amounts: Mapping[str, int]) -> SafeString | str:
    """A stacked bar; "" if there is nothing to show."""
    return bar(label, amounts, "ra-bar--thin") if any(amounts.values()) else ""


@dataclass(frozen=True)
class Undone:
    """A document that the action was not applied to; ``state`` is the displayed text."""

    name: str
    state: str
    reason: str


def undone(rows: Iterable[tuple[str, str, str]], states: type[TextChoices]) -> list[Undone]:
    """From (name, state, reason), where the state is the stored value, one of ``states``."""
    words = {state.value: str(state.label) for state in states}
    return [
        Undone(formatting.visible(name), words.get(state, state), formatting.shortened(reason, REASON))
        for name, state, reason in rows
    ]
