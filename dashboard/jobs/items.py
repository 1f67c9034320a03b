"""The items of a job, one per document. Handling one sends the action once and stores the outcome in the item."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.audit.recorder import record_found_done
from dashboard.jobs import faults
from dashboard.jobs.leases import Lease, LeaseLost
from dashboard.jobs.registry import (
    Action,
    ActionContext,
    ActionFailed,
    ActionSkipped,
    ActionTarget,
    RetryLater,
    mark_of,
)
from dashboard.models import Job, JobItem
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.types import Document

logger = logging.getLogger(__name__)
State = JobItem.State

ATTEMPTS: Final = 5
# Seconds until the first retry of a document that RAGFlow fails on.
PUT_OFF: Final = 5.0
AT_ONCE: Final = 500
# The key for the document's pipeline in the payload of an item.
PIPELINE: Final = "pipeline_id"


def of_document(job: Job, document: Document, payload: Mapping[str, Any] | None = None) -> JobItem:
    """A new, unsaved item for a document from a list; ``payload`` are parameters for the action.

    The item records the document's state, to detect later whether an action that was sent has been applied.
    """
    pipeline = {PIPELINE: document.pipeline_id} if document.pipeline_id else {}
    return JobItem(
        job=job,
        document_id=document.id,
        name=document.name[:255],
        payload=pipeline | dict(payload or {}),
        precondition=mark_of(document),
    )


def store(found: Iterable[JobItem]) -> None:
    """Save new items. Existing ones of the same document are not changed."""
    JobItem.objects.bulk_create(found, batch_size=AT_ONCE, ignore_conflicts=True)


def handle(  # noqa: PLR0917
    job: Job, lease: Lease[Job], action: Action, item: JobItem, client: RAGFlow, document: Document | None = None
) -> errors.ServerError | None:
    """Process one item. Returns the error if its outcome is unknown; the item is then retried later.

    ``document`` comes from a list call made a moment ago; without it, RAGFlow is asked if the action needs to know.
    Raises the error if RAGFlow is unavailable, and LeaseLost; the item is not changed then.
    """
    turn = _Handling(job, lease, action, item, client, document)
    if item.attempts >= ATTEMPTS:
        turn.settle(State.FAILED, item.reason or _("RAGFlow did not respond to several attempts."))
        return None
    try:
        wait = action.delay(turn.place) if action.delay else 0
        if wait > 0:
            turn.put_off(State.WAITING, wait)
            return None
        turn.act()
    except RetryLater as early:
        item.attempts -= 1
        turn.put_off(State.WAITING, early.seconds)
    except ActionSkipped as reason:
        turn.settle(State.UNNEEDED, str(reason))
    except ActionFailed as reason:
        turn.settle(State.FAILED, str(reason))
    except errors.NotFound:
        turn.settle(State.FAILED, _("It no longer exists."))
    except errors.ServerError as error:
        if error.maybe_done:
            item.reason = error.message
            turn.put_off(item.state, PUT_OFF * 2 ** max(0, item.attempts - 1))
            return error
        turn.settle(State.FAILED, error.message)
    except (errors.Rejected, errors.InvalidResponse) as error:
        turn.settle(State.FAILED, error.message)
    except (errors.RAGFlowError, LeaseLost, *faults.OUTAGE):
        # RAGFlow or our database is unreachable, or another worker has the job: the document is not the cause.
        raise
    except Exception as error:
        # Catch everything here: a bug in an action fails this document, not the job.
        logger.exception("%s of document %s in job %s", action.key, item.document_id, job.pk)
        turn.settle(State.FAILED, faults.described(error))
    else:
        turn.settle(State.DONE)
    return None


def must_be_seen(action: Action, job: Job, item: JobItem) -> bool:
    """Whether the document must be looked up before the action is sent.

    That is the case for most actions, if the action may have been sent before, and if the start of the job recorded no
    state.
    """
    known = "document_name" in job.options if action.targets_chunks else bool(item.precondition)
    return item.state == State.STARTED or not known or not action.unseen(job.options)


class _Handling:
    """Processes one item. All writes happen under the lease."""

    def __init__(  # noqa: PLR0917
        self, job: Job, lease: Lease[Job], action: Action, item: JobItem, client: RAGFlow, document: Document | None
    ) -> None:
        self.job, self.lease, self.action, self.item, self.document = job, lease, action, item, document
        self.place = ActionTarget(
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

    def act(self) -> None:
        """Send the action unless it was sent before and has been applied."""
        action, item, place = self.action, self.item, self.place
        # A worker may have died, or the response been lost, after the action was sent.
        sent_before = item.state == State.STARTED
        unseen = not must_be_seen(action, self.job, item)
        document = self.document
        try:
            if document is None and not unseen:
                document = place.client.documents.get(place.dataset_id, action.document_of(place))
            turn = ActionContext(**vars(place), document=document or self._identity())
            if sent_before and action.already_applied(turn, item.precondition):
                self._record(sent_before)
            else:
                self._send(turn, document, sent_before)
        except errors.NotFound:
            if action.on_missing is None or (document is not None and not unseen):
                raise
            action.on_missing(place)
            self._record(sent_before)
        else:
            action.done(turn)

    def _send(self, turn: ActionContext, seen: Document | None, sent_before: bool) -> None:
        item = self.item
        item.state, item.attempts = State.STARTED, item.attempts + 1
        item.precondition = mark_of(seen) if seen else item.precondition
        item.sent_at = item.sent_at or datetime.now(UTC)
        self._save("state", "precondition", "attempts", "sent_at")
        try:
            self.action.act(turn)
        except ActionSkipped:
            if not sent_before:
                raise
            self._record(sent_before)

    def _identity(self) -> Document:
        name = str(self.job.options.get("document_name", "")) if self.action.targets_chunks else self.item.name
        return self.place.client.documents.identity(
            self.job.dataset_id,
            self.action.document_of(self.place),
            name,
            self.item.payload.get(PIPELINE, ""),
        )

    def settle(self, state: str, reason: str = "") -> None:
        """Record the outcome of the item."""
        self.item.state, self.item.reason = state, reason
        self._save("state", "reason")

    def put_off(self, state: str, seconds: float) -> None:
        """Retry the item after this many seconds."""
        self.item.state, self.item.not_before = state, datetime.now(UTC) + timedelta(seconds=seconds)
        self._save("state", "attempts", "not_before", "reason")

    def _save(self, *fields: str) -> None:
        with self.lease.writing():
            self.item.save(update_fields=fields)

    def _record(self, sent_before: bool) -> None:
        """Write the audit entry for a worker that died after sending the action."""
        if not sent_before or self.item.sent_at is None:
            return
        for action in self.action.audited:
            record_found_done(
                self.job.server,
                self.job.user,
                action,
                (self.action.target_of(self.place), self.item.name),
                since=self.item.sent_at,
                username=self.job.username,
                dataset_id=self.job.dataset_id,
                job=self.job.pk,
            )
