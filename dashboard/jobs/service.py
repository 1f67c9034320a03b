"""Creates and cancels jobs. Each call enqueues the job, so that a worker starts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet

from dashboard.jobs import items
from dashboard.jobs.engine import step_job
from dashboard.models import Job, JobItem, ParsedDocument, ParseRun, Server
from dashboard.ragflow.types import Dataset, Document

State = JobItem.State
Row = tuple[str, str, Mapping[str, Any]]


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

    def made(job: Job) -> list[JobItem]:
        return [items.of_document(job, document, known.get(document.id)) for document in documents]

    return _new(server, dataset.id, dataset.name, user, action, made=made, options=options)


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
        items.store([items.of_document(job, document, payload)])
        # After adding the document, so that no worker ends the job without it.
        Job.objects.filter(pk=job.pk).update(expected=F("expected") + 1, ended_at=None, next_at=_now())
        step_job.delay_on_commit(job.pk)
    return job


def create_for_chunks(
    server: Server, dataset: Dataset, user: User, action: str, *, document: Document, parts: Iterable[tuple[str, str]]
) -> Job:
    """Create a job for parts of one document, given as (id, name). The action must have ``targets_chunks``.

    The id of a part is in ``payload["id"]``.
    """
    options = {"document_id": document.id, "document_name": document.name}
    rows = [(part_id[:32], name, {"id": part_id}) for part_id, name in parts]
    return _new(server, dataset.id, dataset.name, user, action, made=_of_rows(rows), options=options)


def unfinished(job: Job) -> QuerySet[JobItem]:
    """The items of a job that failed, or were skipped when it was cancelled."""
    return job.items.filter(state__in=(State.FAILED, State.SKIPPED))


def retry(job: Job, user: User) -> Job | None:
    """Create a job for the unfinished items of ``job``; None if there are none."""
    rows = list(unfinished(job).values_list("document_id", "name", "payload"))
    if not rows:
        return None
    made = _of_rows(rows)
    return _new(job.server, job.dataset_id, job.dataset_name, user, job.action, made=made, options=job.options)


def failed(run: ParseRun) -> QuerySet[ParsedDocument]:
    """The failed documents of a parse run."""
    return run.documents.filter(outcome=ParsedDocument.Outcome.FAILED)


def retry_run(run: ParseRun, user: User) -> Job | None:
    """Create a job that reparses what failed in a parse run; None if nothing did."""
    rows: list[Row] = [(document_id, name, {}) for document_id, name in failed(run).values_list("document_id", "name")]
    if not rows:
        return None
    return _new(run.server, run.dataset_id, run.dataset_name, user, "parse", made=_of_rows(rows))


def stop(job: Job) -> None:
    """Cancel the job after the document it is working on."""
    running = Job.objects.filter(pk=job.pk, ended_at=None)
    running.update(stop_asked=True)
    # A waiting job need not wait any longer.
    if running.filter(claimed_until=None).update(next_at=_now()):
        step_job.delay_on_commit(job.pk)


def _of_rows(rows: Iterable[Row]) -> Callable[[Job], list[JobItem]]:
    """Create items from (document id, name, payload). Their documents are only looked up by the worker."""
    return lambda job: [
        JobItem(job=job, document_id=document_id, name=name[:255], payload=dict(payload))
        for document_id, name, payload in rows
    ]


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
    made: Callable[[Job], list[JobItem]] | None = None,
) -> Job:
    """Create a job with the items that ``made`` returns; without it, the job lists its documents at its start."""
    with transaction.atomic():
        job = Job.objects.create(
            server=server,
            dataset_id=dataset_id,
            dataset_name=dataset_name[:255],
            user=user,
            username=user.get_username(),
            action=action,
            query=query,
            expected=expected,
            options=dict(options or {}),
            collected=made is not None,
            next_at=_now(),
        )
        if made is not None:
            rows = made(job)
            items.store(rows)
            job.expected = len(rows)
            job.save(update_fields=["expected"])
        step_job.delay_on_commit(job.pk)
    return job


def _now() -> datetime:
    return datetime.now(UTC)
