"""The job engine: applies one action to many documents, one document per call.

A ``Job`` row says when it is due. The start of a job enqueues its first step (``step_job``), and each step the next
one; the safety tick finds the rest (``dashboard/tasks.py``). A step takes a lease on the row (``leases.py``), works for
some seconds and releases it. Before a document is changed, its item is marked as started, with the document's state: if
a worker dies, the next one checks whether the action of a started item arrived, and sends it again only if not. So each
document is processed once. ``registry.py`` has the actions, ``items.py`` processes one document, ``lookahead.py`` looks
up documents in advance.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.audit.recorder import recorder
from dashboard.jobs import faults, items, leases, registry
from dashboard.jobs.leases import Lease, LeaseLost
from dashboard.jobs.lookahead import Lookahead
from dashboard.jobs.registry import Action
from dashboard.jobs.signals import documents_changed
from dashboard.models import Job, JobItem
from dashboard.models.people import time_zone_of
from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.servers.connection import client_for, reach_of

logger = logging.getLogger(__name__)
State = JobItem.State
OPEN: Final = (State.STARTED, State.WAITING)

# The duration of a step, after which other jobs and polls get a turn.
STEP: Final = 4.0
TIMEOUTS: Final = Timeouts(connect=3.0, read=10.0, write=90.0, whole=settings.RAGFLOW_ANSWER_TIMEOUT)
# More due jobs are left to the next tick, so that polls get a turn.
MAX_JOBS_PER_TICK: Final = 20
RETRY_DELAY: Final = timedelta(seconds=10)
# Attempts at a list that RAGFlow fails to return.
ATTEMPTS: Final = 5
# A document that RAGFlow fails on is retried later; after this many in a row, RAGFlow itself is considered down.
MAX_CONSECUTIVE_ERRORS: Final = 3


def due_jobs() -> list[int]:
    """The ids of the due jobs, those waiting longest first."""
    return list(leases.due(Job.objects.all()).values_list("pk", flat=True)[:MAX_JOBS_PER_TICK])


def step(job_id: int, seconds: float = STEP) -> bool:
    """Work on a job for this long if it is due and unclaimed; returns whether this call did."""
    with leases.taken(Job.objects.all(), job_id, leases.OF_JOB) as lease:
        if lease is None:
            return False
        job = Job.objects.select_related("server", "user").get(pk=job_id)
        job.last_error = ""
        try:
            pause = _work(job, lease, seconds)
            documents_changed.send(Job, server=job.server, dataset_id=job.dataset_id)
        except LeaseLost:
            return True
        except errors.RAGFlowError as error:
            logger.warning("Job %s waits: %s", job.pk, error.message)
            pause, job.last_error = RETRY_DELAY, error.message
        except faults.OUTAGE:
            raise
        except Exception as error:
            # Catch everything here: otherwise the job would be retried for ever after each lease, without a message.
            logger.exception("Job %s ends", job.pk)
            pause, job.last_error, job.ended_at = timedelta(), faults.described(error), _now()
            with suppress(LeaseLost), lease.writing():
                job.items.filter(state=State.STARTED).update(state=State.FAILED, reason=job.last_error)
                job.items.filter(state=State.WAITING).update(state=State.SKIPPED)
        lease.release(None if job.ended_at else _now() + pause, ended_at=job.ended_at, last_error=job.last_error)
    if job.ended_at and not job.last_error and job.items.filter(state__in=OPEN).exists():
        # A document was added at this moment.
        Job.objects.filter(pk=job.pk).update(ended_at=None, next_at=_now())
    return True


@leases.row_task
def step_job(job_id: int) -> None:
    """Work on one job for some seconds and enqueue the next step."""
    if step(job_id):
        leases.go_on(step_job, Job.objects.all(), job_id)


def _work(job: Job, lease: Lease[Job], seconds: float) -> timedelta:
    """One step; returns the pause until the next. Sets ``job.ended_at`` if nothing is left.

    Raises the error if RAGFlow is unavailable.
    """
    end = time.monotonic() + seconds
    record = recorder(job.server, job.user, username=job.username, job=job.pk)
    reach = reach_of(job.server, job.user)
    if not (reach.shows([job.dataset_id]) and reach.changes([job.dataset_id])):
        _end_without_right(job, lease)
        return timedelta()
    client = client_for(job.server, TIMEOUTS, record, reach)
    action = registry.get(job.action)
    in_a_row, lookahead = 0, Lookahead(job, action, client)
    if not job.collected and not job.stop_asked and not _collect(job, lease, action, client):
        return timedelta()
    while time.monotonic() < end:
        if _stop_asked(job):
            with lease.writing():
                job.items.filter(state=State.WAITING).update(state=State.SKIPPED)
        ready = Q(not_before=None) | Q(not_before__lte=_now())
        item = job.items.filter(ready, state__in=OPEN).order_by("state", "pk").first()
        if item is None:
            waiting: datetime | None = job.items.filter(state__in=OPEN).aggregate(first=Min("not_before"))["first"]
            if waiting is not None:
                return max(timedelta(), waiting - _now())
            job.ended_at = _now()
            break
        fault = items.handle(job, lease, action, item, client, lookahead.document(item))
        in_a_row = in_a_row + 1 if fault else 0
        if fault:
            job.last_error = fault.message
            if in_a_row >= MAX_CONSECUTIVE_ERRORS:
                raise fault
    return timedelta()


def _end_without_right(job: Job, lease: Lease[Job]) -> None:
    """End a job whose person may no longer change the dataset, or was disabled or deleted."""
    job.last_error, job.ended_at = _("%(who)s may no longer change this dataset.") % {"who": job.username}, _now()
    with lease.writing():
        job.items.filter(state__in=OPEN).update(state=State.FAILED, reason=job.last_error)


def _stop_asked(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, stop_asked=True).exists()


def _collect(job: Job, lease: Lease[Job], action: Action, client: RAGFlow) -> bool:
    """Create an item for every matching document; False if the job ends here, with the reason in ``last_error``.

    It ends if RAGFlow rejects the list or repeatedly fails to return it, and, for an action that deletes, if the number
    of documents differs from the confirmed one.
    """
    if action.collect is None:
        job.last_error, job.ended_at = _("This version of the dashboard can't list the documents of this job."), _now()
        return False
    found: dict[str, JobItem] = {}
    try:
        # The days of a filter are those of whoever saw the list.
        with timezone.override(time_zone_of(job.user)):
            for page in action.collect(client, job):
                lease.renew()
                found.update({document.id: items.of_document(job, document) for document in page})
    except (errors.NotFound, errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
        lease.renew(attempts=job.attempts + 1)
        if job.attempts + 1 < ATTEMPTS and isinstance(error, (errors.ServerError, errors.InvalidResponse)):
            raise
        logger.warning("Job %s ends because its documents cannot be listed: %s", job.pk, error.message)
        job.last_error, job.ended_at = error.message, _now()
        return False
    if action.deletes and len(found) != job.expected:
        said = ngettext(
            "You confirmed %(then)d document, but %(now)d match now. Nothing was deleted.",
            "You confirmed %(then)d documents, but %(now)d match now. Nothing was deleted.",
            job.expected,
        )
        job.last_error = said % {"then": job.expected, "now": len(found)}
        job.ended_at = _now()
        return False
    with lease.writing():
        items.store(found.values())
        Job.objects.filter(pk=job.pk).update(collected=True)
    return True


def _now() -> datetime:
    return datetime.now(UTC)
