"""A job as a toast: its progress while it runs, then its outcome."""

from __future__ import annotations

from typing import Any, Final

from dashboard.core.formatting import visible
from dashboard.jobs import registry
from dashboard.jobs.activity import events
from dashboard.models import Job, JobItem, Server

REASONS: Final = 3
MOST: Final = 3
# Poll often at first, while the user waits for the job, then less often.
QUICK_POLLS: Final = 15
QUICK: Final = 1
SLOW: Final = 3


def running(server: Server, dataset_id: str) -> list[str]:
    """The toast addresses of the jobs running in a dataset."""
    found = Job.objects.filter(server=server, dataset_id=dataset_id, ended_at=None).order_by("pk")
    return [server.url("activity:toast", pk) for pk in found.values_list("pk", flat=True)[:MOST]]


def of_job(server: Server, job: Job, polls: int = 0) -> dict[str, Any]:
    """Context for ``jobs/_toast.html`` with current counts; ``polls`` is the number of polls so far."""
    job.count()
    done, failed = job.counts[JobItem.State.DONE], job.counts[JobItem.State.FAILED]
    event = events.of_job(server, job)
    action = registry.get(job.action)
    wrong = job.items.filter(state=JobItem.State.FAILED).order_by("pk")
    title = event.what
    if not event.running and failed:
        title = action.say_failed(failed)
    elif not event.running and done:
        first = job.items.filter(state=JobItem.State.DONE).order_by("pk").values_list("name", flat=True)[:1]
        title = action.say_done([*first] * done)
    return {
        "event": event,
        "pk": job.pk,
        "title": title,
        "reasons": [(visible(name), reason) for name, reason in wrong.values_list("name", "reason")[:REASONS]],
        "more": max(0, failed - REASONS),
        "url": server.url("activity:toast", job.pk),
        "polls": polls + 1,
        "pace": QUICK if polls < QUICK_POLLS else SLOW,
        "through": done,
        "bad": not event.running and bool(failed or job.trouble),
    }
