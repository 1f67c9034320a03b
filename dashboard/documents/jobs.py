"""Jobs: one action on many documents, in the background, one document per call.

A ``Job`` row says when it wants to go on. Beat ticks each second and enqueues the jobs that are due; a step takes hold
of the row, works for some seconds and gives it back. Before a document is touched its item is marked as started, with
what the document looked like: whoever finds a started item after a worker died looks whether the document changed, and
sends the action again only when it did not. So each document is handled once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.audit.recorder import recorder
from dashboard.documents import listing, progress, runs, uploads
from dashboard.documents.listing import Query
from dashboard.models import Job, JobItem, ParsedDocument, ParseRun, Server
from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.ragflow.types import Dataset, Document, RunStatus

logger = logging.getLogger(__name__)
Action, State = Job.Action, JobItem.State

# A step ends after so long, so that other jobs and polls have their turn.
STEP: Final = 4.0
# A document takes at most two calls; the hold on the job is renewed for each.
TIMEOUTS: Final = Timeouts(connect=3.0, read=10.0)
HOLD: Final = timedelta(seconds=30)
AT_A_TIME: Final = 2
AFTER_TROUBLE: Final = timedelta(seconds=10)
ATTEMPTS: Final = 5
PAGE: Final = 500


def start(server: Server, dataset: Dataset, user: User, action: str, *, query: Query, expected: int) -> Job:
    """A job for all documents that ``query`` means; they are listed when it begins."""
    return _new(server, dataset.id, dataset.name, user, action, query=query.encode(), expected=expected)


def again(job: Job, user: User) -> Job | None:
    """A new job for what failed in ``job`` or was left out when it was stopped; None when there is nothing."""
    rest = job.items.filter(state__in=(State.FAILED, State.SKIPPED)).values_list("document_id", "name")
    return _for_these(job, job.action, user, list(rest))


def parse_again(run: ParseRun, user: User) -> Job | None:
    """A job that parses what failed in a parse run; None when nothing did."""
    failed = run.documents.filter(outcome=ParsedDocument.Outcome.FAILED).values_list("document_id", "name")
    return _for_these(run, Action.PARSE, user, list(failed))


def _for_these(before: Job | ParseRun, action: str, user: User, items: list[tuple[str, str]]) -> Job | None:
    if not items:
        return None
    with transaction.atomic():
        made = _new(before.server, before.dataset_id, before.dataset_name, user, action, expected=len(items))
        _add(made, items)
        Job.objects.filter(pk=made.pk).update(collected=True)
    return made


def stop(job: Job) -> None:
    """Let the document at work be the last one."""
    Job.objects.filter(pk=job.pk, ended_at=None).update(stop_asked=True)


def due_jobs() -> list[int]:
    """The ids of the jobs that ought to go on; those that waited longest first."""
    return list(Job.objects.due(_now()).order_by("next_step_at").values_list("pk", flat=True)[:AT_A_TIME])


def step(job_id: int) -> bool:
    """Go on with a job for some seconds, if it is due and nobody else is at it; returns whether this call did."""
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
        _work(job, client)
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
    return True


class _Lost(Exception):
    """Somebody else has the job by now: this worker was away for too long."""


def _work(job: Job, client: RAGFlow) -> None:
    """One step. Sets ``job.ended_at`` when nothing is left; raises the error that says RAGFlow cannot be asked."""
    end = time.monotonic() + STEP
    if not job.collected and not job.stop_asked and not _collect(job, client):
        return
    while time.monotonic() < end:
        _hold(job)
        item = job.items.filter(state__in=(State.STARTED, State.WAITING)).order_by("state", "pk").first()
        if item is not None and item.state == State.WAITING and _stop_asked(job):
            job.items.filter(state=State.WAITING).update(state=State.SKIPPED)
            item = None
        if item is None:
            job.ended_at = _now()
            break
        _handle(job, item, client)


def _stop_asked(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, stop_asked=True).exists()


def _hold(job: Job) -> None:
    longer = _now() + HOLD
    if job.claimed_until is None or not Job.objects.hold(job.pk, job.claimed_until, longer):
        raise _Lost
    job.claimed_until = longer


def _collect(job: Job, client: RAGFlow) -> bool:
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
    if job.action == Action.DELETE and len(found) != job.expected:
        job.trouble = _("There were %(then)d documents when you were asked, and %(now)d now. Nothing was deleted.") % {
            "then": job.expected,
            "now": len(found),
        }
        job.ended_at = _now()
        return False
    _add(job, found.items())
    Job.objects.filter(pk=job.pk).update(collected=True)
    return True


def _handle(job: Job, item: JobItem, client: RAGFlow) -> None:
    """Do it for one document. Raises the error that says RAGFlow cannot be asked; the item stays as it is then."""
    if item.attempts >= ATTEMPTS:
        _settle(item, State.FAILED, _("RAGFlow did not answer, several times."))
        return
    try:
        document = client.documents.get(job.dataset_id, item.document_id)
        if item.state == State.STARTED and _arrived(job, item, document):
            # A worker died, or the answer was lost, after the action had been sent.
            _done(job, item, document, client)
            return
        item.state, item.mark, item.attempts = State.STARTED, mark(document), item.attempts + 1
        item.save(update_fields=["state", "mark", "attempts"])
        _act(job, document, client)
    except errors.NotFound:
        if job.action == Action.DELETE:
            _settle(item, State.DONE)
        else:
            _settle(item, State.FAILED, _("It was deleted meanwhile."))
    except errors.ServerFault as error:
        if error.maybe_done:
            raise
        _settle(item, State.FAILED, error.message)
    except (errors.Rejected, errors.Garbled) as error:
        _settle(item, State.FAILED, error.message)
    else:
        _done(job, item, document, client)


def _act(job: Job, document: Document, client: RAGFlow) -> None:
    match job.action:
        case Action.PARSE:
            client.documents.parse(document)
        case Action.STOP:
            if document.run is RunStatus.RUNNING:
                client.documents.stop(document)
        case Action.ENABLE:
            client.documents.update(document, enabled=True)
        case Action.DISABLE:
            client.documents.update(document, enabled=False)
        case Action.DELETE:
            outcome = client.documents.delete([document])
            if outcome.failed:
                raise errors.Rejected(outcome.message or _("It is still there."), method="DELETE", path="")


def _arrived(job: Job, item: JobItem, document: Document) -> bool:
    """Whether the action that was sent for the document, nobody knows with what end, has been carried out."""
    match job.action:
        case Action.STOP:
            return document.run is not RunStatus.RUNNING
        case Action.ENABLE | Action.DISABLE:
            return document.enabled == (job.action == Action.ENABLE)
        case Action.DELETE:
            return False
    return item.mark != mark(document)


def _done(job: Job, item: JobItem, document: Document, client: RAGFlow) -> None:
    if job.action == Action.PARSE and job.user is not None:
        dataset = uploads.dataset(client, job.server, job.dataset_id)
        runs.begin(job.server, dataset, job.user, [document], batch=f"job-{job.pk}")
    _settle(item, State.DONE)


def _settle(item: JobItem, state: str, reason: str = "") -> None:
    item.state, item.reason = state, reason
    item.save(update_fields=["state", "reason"])


def mark(document: Document) -> str:
    """What changes about a document as soon as its parsing starts."""
    at = document.updated_at.timestamp() if document.updated_at else 0
    return f"{at} {document.run.value}"


def _new(
    server: Server,
    dataset_id: str,
    dataset_name: str,
    user: User,
    action: str,
    *,
    query: str = "",
    expected: int = 0,
) -> Job:
    return Job.objects.create(
        server=server,
        dataset_id=dataset_id,
        dataset_name=dataset_name[:255],
        user=user,
        username=user.get_username(),
        action=Action(action),
        query=query,
        expected=expected,
        next_step_at=_now(),
    )


def _add(job: Job, documents: Iterable[tuple[str, str]]) -> None:
    items = [JobItem(job=job, document_id=document_id, name=name[:255]) for document_id, name in documents]
    JobItem.objects.bulk_create(items, batch_size=PAGE, ignore_conflicts=True)


def _now() -> datetime:
    return datetime.now(UTC)
