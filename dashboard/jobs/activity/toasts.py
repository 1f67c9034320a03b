"""A job as a toast: its progress while it runs, then its outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import ngettext

from dashboard.core.formatting import count, visible
from dashboard.core.web.http import DashboardRequest
from dashboard.jobs import registry
from dashboard.jobs.activity import events
from dashboard.models import Job, JobItem, Server

REASONS: Final = 3
MOST: Final = 3
# Poll often at first, while the user waits for the job: up to this many polls, with this many seconds between them.
PACES: Final = ((5, 0.4), (20, 1))
SLOW: Final = 3
# The toast of a successful job disappears by itself if the job took no longer than this.
PASSING: Final = timedelta(seconds=10)
ANNOUNCED: Final = "announced_jobs"


def announce(request: DashboardRequest, job: Job) -> None:
    """Have the next list of its dataset show the job, even if it has ended by then."""
    request.session[ANNOUNCED] = [*request.session.get(ANNOUNCED, []), job.pk][-MOST:]


def on_page(request: DashboardRequest, dataset_id: str) -> list[str]:
    """The toast addresses of the jobs running in a dataset, and of the announced ones."""
    found = Job.objects.filter(server=request.server, dataset_id=dataset_id).order_by("pk")
    announced = request.session.pop(ANNOUNCED, []) if ANNOUNCED in request.session else []
    shown = found.filter(Q(ended_at=None) | Q(pk__in=announced)).values_list("pk", flat=True)
    return [request.server.url("activity:toast", pk) for pk in shown[:MOST]]


def of_job(server: Server, job: Job, polls: int = 0) -> dict[str, Any]:
    """Context for ``jobs/_toast.html`` with current counts; ``polls`` is the number of polls so far."""
    job.count()
    done, failed = job.counts[JobItem.State.DONE], job.counts[JobItem.State.FAILED]
    unneeded = job.counts[JobItem.State.UNNEEDED]
    event = events.of_job(server, job)
    action = registry.get(job.action)
    bad = not event.running and bool(failed or job.last_error)
    told = JobItem.State.FAILED if failed else JobItem.State.UNNEEDED
    reasons = job.items.filter(state=told).exclude(reason="").order_by("pk")
    title = event.what
    if not event.running and failed:
        title = action.say_failed(failed)
    elif not event.running and done:
        first = job.items.filter(state=JobItem.State.DONE).order_by("pk").values_list("name", flat=True)[:1]
        title = action.say_done([*first] * done)
    elif not event.running and unneeded:
        words = ngettext("Nothing to do for %(n)s document", "Nothing to do for %(n)s documents", unneeded)
        title = words % {"n": count(unneeded)}
    return {
        "event": event,
        "pk": job.pk,
        "title": title,
        "reasons": [(visible(name), reason) for name, reason in reasons.values_list("name", "reason")[:REASONS]],
        "more": max(0, (failed or unneeded) - REASONS) if reasons.exists() else 0,
        "url": server.url("activity:toast", job.pk),
        "polls": polls + 1,
        "pace": next((pace for most, pace in PACES if polls < most), SLOW),
        "through": done,
        "bad": bad,
        "stays": bad or job.ended_at is None or job.ended_at - job.started_at > PASSING,
    }
