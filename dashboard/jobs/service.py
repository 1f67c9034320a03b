"""Creates and cancels jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet

from dashboard.models import Job, JobItem, ParsedDocument, ParseRun, Server
from dashboard.ragflow.types import Dataset, Document

State = JobItem.State
AT_ONCE: Final = 500
Items = Iterable[tuple[str, str, Mapping[str, Any]]]


def create(
    server: Server,
    dataset: Dataset,
    user: User,
    action: str,
    *,
    query: str,
    expected: int,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Create a job for all documents that match ``query`` (parameters of an address). They are listed at its start."""
    return _new(server, dataset.id, dataset.name, user, action, query=query, expected=expected, options=options)


def create_for(
    server: Server,
    dataset: Dataset,
    user: User,
    action: str,
    documents: Iterable[Document],
    *,
    options: Mapping[str, Any] | None = None,
    payloads: Mapping[str, Mapping[str, Any]] | None = None,
) -> Job:
    """Create a job for these documents; ``payloads`` by id are JSON parameters for the action."""
    known = payloads or {}
    items = [(document.id, document.name, known.get(document.id, {})) for document in documents]
    return _with_items(server, dataset.id, dataset.name, user, action, items=items, options=options)


def join(
    server: Server,
    dataset: Dataset,
    user: User,
    action: str,
    document: Document,
    *,
    batch: str,
    payload: Mapping[str, Any],
) -> Job:
    """Add a document to the user's job for this ``batch``. The first document creates the job, later ones reopen it.

    A cancelled job is not reopened: the batch gets a new one.
    """
    with transaction.atomic():
        job, _made = Job.objects.get_or_create(
            server=server,
            dataset_id=dataset.id,
            user=user,
            action=action,
            batch=batch,
            stop_asked=False,
            defaults={
                "dataset_name": dataset.name[:255],
                "username": user.get_username(),
                "collected": True,
                "next_at": _now(),
            },
        )
        add(job, [(document.id, document.name, payload)])
        # After adding the document, so that no worker ends the job without it.
        Job.objects.filter(pk=job.pk).update(expected=F("expected") + 1, ended_at=None, next_at=_now())
    return job


def create_for_chunks(
    server: Server, dataset: Dataset, user: User, action: str, *, document: Document, parts: Iterable[tuple[str, str]]
) -> Job:
    """Create a job for parts of one document, given as (id, name). The action must have ``targets_chunks``.

    The id of a part is in ``payload["id"]``.
    """
    items = [(part_id[:32], name, {"id": part_id}) for part_id, name in parts]
    options = {"document_id": document.id}
    return _with_items(server, dataset.id, dataset.name, user, action, items=items, options=options)


def unfinished(job: Job) -> QuerySet[JobItem]:
    """The items of a job that failed, or were skipped when it was cancelled."""
    return job.items.filter(state__in=(State.FAILED, State.SKIPPED))


def retry(job: Job, user: User) -> Job | None:
    """Create a job for the unfinished items of ``job``; None if there are none."""
    items = list(unfinished(job).values_list("document_id", "name", "payload"))
    if not items:
        return None
    return _with_items(job.server, job.dataset_id, job.dataset_name, user, job.action, items=items, options=job.options)


def failed(run: ParseRun) -> QuerySet[ParsedDocument]:
    """The failed documents of a parse run."""
    return run.documents.filter(outcome=ParsedDocument.Outcome.FAILED)


def retry_run(run: ParseRun, user: User) -> Job | None:
    """Create a job that reparses what failed in a parse run; None if nothing did."""
    rows = failed(run).values_list("document_id", "name")
    items: list[tuple[str, str, Mapping[str, Any]]] = [(document_id, name, {}) for document_id, name in rows]
    return _with_items(run.server, run.dataset_id, run.dataset_name, user, "parse", items=items) if items else None


def stop(job: Job) -> None:
    """Cancel the job after the document it is working on."""
    running = Job.objects.filter(pk=job.pk, ended_at=None)
    running.update(stop_asked=True)
    # Waiting items need not wait any longer.
    running.filter(claimed_until=None).update(next_at=_now())


def _with_items(
    server: Server,
    dataset_id: str,
    dataset_name: str,
    user: User,
    action: str,
    *,
    items: Items,
    options: Mapping[str, Any] | None = None,
) -> Job:
    items = list(items)
    with transaction.atomic():
        job = _new(server, dataset_id, dataset_name, user, action, expected=len(items), options=options, collected=True)
        add(job, items)
    return job


def _new(
    server: Server,
    dataset_id: str,
    dataset_name: str,
    user: User,
    action: str,
    *,
    query: str = "",
    expected: int = 0,
    options: Mapping[str, Any] | None = None,
    collected: bool = False,
) -> Job:
    return Job.objects.create(
        server=server,
        dataset_id=dataset_id,
        dataset_name=dataset_name[:255],
        user=user,
        username=user.get_username(),
        action=action,
        query=query,
        expected=expected,
        options=dict(options or {}),
        collected=collected,
        next_at=_now(),
    )


def add(job: Job, items: Items) -> None:
    """Add items to the job, given as (id, name, payload). Existing ones are not changed."""
    made = [
        JobItem(job=job, document_id=document_id, name=name[:255], payload=dict(payload))
        for document_id, name, payload in items
    ]
    JobItem.objects.bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)


def _now() -> datetime:
    return datetime.now(UTC)
