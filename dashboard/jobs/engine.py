"""The engine of jobs: one action on many documents, one document per call.

A ``Job`` row says when it wants to go on. Beat ticks each second and enqueues the jobs that are due; a step takes hold
of the row, works for some seconds and gives it back. Before a document is touched its item is marked as started, with
what the document looked like: whoever finds a started item after a worker died looks whether the action arrived, and
sends it again only when it did not. So each document is handled once. What the action is, the registry knows.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Min, Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.audit.recorder import recorder
from dashboard.documents import listing, progress
from dashboard.documents.listing import Query
from dashboard.jobs import registry, starting
from dashboard.jobs.registry import Action, NotDone, NotYet, Place, Turn, Unneeded, mark_of
from dashboard.models import Job, JobItem
from dashboard.ragflow import RAGFlow, Timeouts, errors

logger = logging.getLogger(__name__)
State = JobItem.State
OPEN: Final = (State.STARTED, State.WAITING)

# A step ends after so long, so that other jobs and polls have their turn.
STEP: Final = 4.0
# A document takes at most two calls; the hold on the job is renewed for each.
TIMEOUTS: Final = Timeouts(connect=3.0, read=10.0)
HOLD: Final = timedelta(seconds=30)
AT_A_TIME: Final = 2
AFTER_TROUBLE: Final = timedelta(seconds=10)
ATTEMPTS: Final = 5
# One document that RAGFlow stumbles over is put off for so long at first; after so many in a row, it is RAGFlow itself.
PUT_OFF: Final = 5.0
FAULTS: Final = 3
PAGE: Final = 500


def due_jobs() -> list[int]:
    """The ids of the jobs that ought to go on; those that waited longest first."""
    return list(Job.objects.due(_now()).order_by("next_step_at").values_list("pk", flat=True)[:AT_A_TIME])


def step(job_id: int, seconds: float = STEP) -> bool:
    """Go on with a job for so long, if it is due and nobody else is at it; returns whether this call did."""
    now = _now()
    until = now + HOLD
    if not Job.objects.claim(job_id, now, until):
        return False
    job = Job.objects.select_related("server", "user").get(pk=job_id)
    job.claimed_until, job.trouble = until, ""
    client = RAGFlow(
        job.server.base_url,
        job.server.api_key,
        verify=job.server.verify_tls,
        timeouts=TIMEOUTS,
        on_write=recorder(job.server, job.user),
    )
    pause = timedelta()
    try:
        pause = _work(job, client, seconds)
    except _Lost:
        return True
    except errors.RAGFlowError as error:
        logger.warning("Job %s waits: %s", job.pk, error.message)
        pause, job.trouble = AFTER_TROUBLE, error.message
    progress.wake(job.server, job.dataset_id)
    Job.objects.filter(pk=job.pk, claimed_until=job.claimed_until).update(
        next_step_at=None if job.ended_at else _now() + pause,
        claimed_until=None,
        ended_at=job.ended_at,
        trouble=job.trouble,
    )
    if job.ended_at and job.items.filter(state__in=OPEN).exists():
        # A document was added in the very moment.
        Job.objects.filter(pk=job.pk).update(ended_at=None, next_step_at=_now())
    return True


class _Lost(Exception):
    """Somebody else has the job by now: this worker was away for too long."""


def _work(job: Job, client: RAGFlow, seconds: float) -> timedelta:
    """One step; returns how long to rest. Sets ``job.ended_at`` when nothing is left.

    Raises the error that says RAGFlow cannot be asked.
    """
    end = time.monotonic() + seconds
    action = registry.get(job.action)
    faults = 0
    if not job.collected and not job.stop_asked and not _collect(job, action, client):
        return timedelta()
    while time.monotonic() < end:
        _hold(job)
        if _stop_asked(job):
            job.items.filter(state=State.WAITING).update(state=State.SKIPPED)
        ready = Q(not_before=None) | Q(not_before__lte=_now())
        item = job.items.filter(ready, state__in=OPEN).order_by("state", "pk").first()
        if item is None:
            waiting: datetime | None = job.items.filter(state__in=OPEN).aggregate(first=Min("not_before"))["first"]
            if waiting is not None:
                return max(timedelta(), waiting - _now())
            job.ended_at = _now()
            break
        fault = _handle(job, action, item, client)
        faults = faults + 1 if fault else 0
        if fault:
            job.trouble = fault.message
            if faults >= FAULTS:
                raise fault
    return timedelta()


def _stop_asked(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, stop_asked=True).exists()


def _hold(job: Job) -> None:
    longer = _now() + HOLD
    if job.claimed_until is None or not Job.objects.hold(job.pk, job.claimed_until, longer):
        raise _Lost
    job.claimed_until = longer


def _collect(job: Job, action: Action, client: RAGFlow) -> bool:
    """Make an item of every document that is meant; False when there are not as many as the person was told.

    Ends the job then if it would delete: what came meanwhile was never agreed to.
    """
    query = Query.read(QueryDict(job.query.removeprefix("?")))
    number, pages, found = 1, 1, {}
    while number <= pages:
        _hold(job)
        page = listing.page_of(client, job.dataset_id, query, number=number, size=PAGE)
        found.update({document.id: document.name for document in page})
        pages = page.pages or 1
        number += 1
    if action.deletes and len(found) != job.expected:
        job.trouble = _("There were %(then)d documents when you were asked, and %(now)d now. Nothing was deleted.") % {
            "then": job.expected,
            "now": len(found),
        }
        job.ended_at = _now()
        return False
    starting.add(job, ((document_id, name, {}) for document_id, name in found.items()))
    Job.objects.filter(pk=job.pk).update(collected=True)
    return True


def _handle(job: Job, action: Action, item: JobItem, client: RAGFlow) -> errors.ServerFault | None:
    """Do it for one document. Returns the fault that leaves open whether it was done: the item comes again later.

    Raises the error that says RAGFlow cannot be asked; the item stays as it is then.
    """
    if item.attempts >= ATTEMPTS:
        _settle(item, State.FAILED, item.reason or _("RAGFlow did not answer, several times."))
        return None
    place = _place(job, item, client)
    wait = action.waits(place) if action.waits else 0
    if wait > 0:
        _put_off(item, State.WAITING, wait)
        return None
    try:
        _act(action, item, place)
    except NotYet as early:
        item.attempts -= 1
        _put_off(item, State.WAITING, early.seconds)
    except Unneeded as reason:
        _settle(item, State.UNNEEDED, str(reason))
    except NotDone as reason:
        _settle(item, State.FAILED, str(reason))
    except errors.NotFound:
        _settle(item, State.FAILED, _("It was deleted meanwhile."))
    except errors.ServerFault as error:
        if error.maybe_done:
            item.reason = error.message
            _put_off(item, item.state, PUT_OFF * 2 ** max(0, item.attempts - 1))
            return error
        _settle(item, State.FAILED, error.message)
    except (errors.Rejected, errors.Garbled) as error:
        _settle(item, State.FAILED, error.message)
    else:
        _settle(item, State.DONE)
    return None


def _act(action: Action, item: JobItem, place: Place) -> None:
    try:
        document = place.client.documents.get(place.dataset_id, action.document_of(place))
    except errors.NotFound:
        if action.gone is None:
            raise
        action.gone(place)
        return
    turn = Turn(**vars(place), document=document)
    # A worker may have died, or an answer been lost, after the action had been sent.
    if item.state != State.STARTED or not action.arrived(turn, item.mark):
        item.state, item.mark, item.attempts = State.STARTED, mark_of(document), item.attempts + 1
        item.save(update_fields=["state", "mark", "attempts"])
        action.act(turn)
    action.done(turn)


def _place(job: Job, item: JobItem, client: RAGFlow) -> Place:
    return Place(
        client=client,
        server=job.server,
        user=job.user,
        dataset_id=job.dataset_id,
        dataset_name=job.dataset_name,
        document_id=item.document_id,
        name=item.name,
        options=job.options,
        payload=item.payload,
        batch=f"job-{job.pk}",
    )


def _put_off(item: JobItem, state: str, seconds: float) -> None:
    item.state, item.not_before = state, _now() + timedelta(seconds=seconds)
    item.save(update_fields=["state", "attempts", "not_before", "reason"])


def _settle(item: JobItem, state: str, reason: str = "") -> None:
    item.state, item.reason = state, reason
    item.save(update_fields=["state", "reason"])


def _now() -> datetime:
    return datetime.now(UTC)
