"""The history of parse runs: created when parsing is started, completed by polls that see documents end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.models import ParsedDocument, ParseRun, Server
from dashboard.ragflow.types import Document, RunStatus

Outcome = ParsedDocument.Outcome
OUTCOMES = {RunStatus.DONE: Outcome.PARSED, RunStatus.FAIL: Outcome.FAILED, RunStatus.CANCEL: Outcome.CANCELLED}


def begin(
    server: Server, dataset_id: str, dataset_name: str, user: User, documents: Sequence[Document], *, batch: str = ""
) -> ParseRun:
    """Record that ``user`` started parsing ``documents``. Calls with the same ``batch`` share one run."""
    with transaction.atomic():
        run = _run(server, dataset_id, dataset_name, user, batch)
        ids = [document.id for document in documents]
        # Documents that an earlier run still waits for now belong to this run.
        ParsedDocument.objects.filter(
            run__server=server, run__dataset_id=dataset_id, document_id__in=ids, outcome=Outcome.OPEN
        ).exclude(run=run).update(outcome=Outcome.CANCELLED)
        ParsedDocument.objects.bulk_create(
            [ParsedDocument(run=run, document_id=document.id, name=document.name[:255]) for document in documents],
            update_conflicts=True,
            unique_fields=["run", "document_id"],
            update_fields=["name", "outcome"],
        )
        _end_finished(server, dataset_id)
    return run


def _run(server: Server, dataset_id: str, dataset_name: str, user: User, batch: str) -> ParseRun:
    fields = {"dataset_name": dataset_name[:255], "username": user.get_username()}
    if not batch:
        return ParseRun.objects.create(server=server, dataset_id=dataset_id, user=user, **fields)
    try:
        with transaction.atomic():
            run, _made = ParseRun.objects.get_or_create(
                server=server, dataset_id=dataset_id, user=user, batch=batch, defaults=fields
            )
    except IntegrityError:
        run = ParseRun.objects.get(server=server, dataset_id=dataset_id, user=user, batch=batch)
    if run.ended_at is not None:
        # The first files of the batch were parsed before the last ones arrived.
        run.ended_at = None
        run.save(update_fields=["ended_at"])
    return run


def open_documents(server: Server, dataset_id: str) -> frozenset[str]:
    """The ids of documents whose end is not recorded yet."""
    return frozenset(
        ParsedDocument.objects.filter(
            run__server=server, run__dataset_id=dataset_id, run__ended_at=None, outcome=Outcome.OPEN
        ).values_list("document_id", flat=True)
    )


def settle(server: Server, dataset_id: str, states: Mapping[str, RunStatus], gone: Collection[str]) -> None:
    """Record the outcomes of documents: their run status, and the ids of deleted ones."""
    waiting = open_documents(server, dataset_id)
    if not waiting:
        return
    ended: dict[str, list[str]] = {Outcome.GONE: [document_id for document_id in gone if document_id in waiting]}
    for document_id, run in states.items():
        if document_id in waiting and run is not RunStatus.RUNNING:
            ended.setdefault(OUTCOMES.get(run, Outcome.CANCELLED), []).append(document_id)
    with transaction.atomic():
        for outcome, ids in ended.items():
            if ids:
                ParsedDocument.objects.filter(
                    run__server=server, run__dataset_id=dataset_id, document_id__in=ids, outcome=Outcome.OPEN
                ).update(outcome=outcome)
        if any(ended.values()):
            _end_finished(server, dataset_id)


def end_all(server: Server, dataset_id: str) -> None:
    """Record that the dataset was deleted with its documents."""
    open_runs = ParseRun.objects.filter(server=server, dataset_id=dataset_id, ended_at=None)
    with transaction.atomic():
        ParsedDocument.objects.filter(run__in=open_runs, outcome=Outcome.OPEN).update(outcome=Outcome.GONE)
        open_runs.update(ended_at=timezone.now())


def _end_finished(server: Server, dataset_id: str) -> None:
    ParseRun.objects.filter(server=server, dataset_id=dataset_id, ended_at=None).exclude(
        documents__outcome=Outcome.OPEN
    ).update(ended_at=timezone.now())
