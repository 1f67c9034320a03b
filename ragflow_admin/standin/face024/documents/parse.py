"""POST and DELETE /datasets/{id}/chunks: start and stop parsing (contract §10)."""

from __future__ import annotations

import random
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, unique
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store.models import Chunk, Dataset, Document, Task, new_id, now_ms


def _ids_of(request: ApiRequest, dataset_id: str) -> list[str]:
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    body: Any = json_body(request)
    if not body.get("document_ids"):
        raise Refused(102, "`document_ids` is required")
    return list(body["document_ids"])


def start(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """Queues documents; their old chunks are deleted at once. Ids before a busy one stay queued."""
    wanted, repeats = unique(_ids_of(request, dataset_id), "document")
    documents = {d.id: d for d in Document.objects.filter(kb_id=dataset_id, id__in=wanted)}
    missing = [item for item in wanted if item not in documents]
    started = 0
    try:
        for item in wanted:
            if item in documents:
                if 0.0 < documents[item].progress < 1.0:
                    raise Refused(102, "Can't parse document that is currently being processed")
                queue(documents[item])
                started += 1
    finally:
        events.notify()
    if missing:
        raise Refused(102, f"Documents not found: {missing}")
    if repeats:
        return answers.done({"errors": repeats, "success_count": started})
    return answers.done()


def run(request: ApiRequest) -> HttpResponse:
    """POST /v1/document/run: the web application's route, the only one that uses a pipeline (contract §10.1).

    Here, documents with a pipeline are split by their chunk method.
    """
    body: Any = json_body(request)
    wanted = list(body["doc_ids"])
    mine = Dataset.objects.filter(tenant_id=request.tenant.id).values_list("id", flat=True)
    documents = {d.id: d for d in Document.objects.filter(id__in=wanted, kb_id__in=list(mine))}
    if any(item not in documents for item in wanted):
        raise Refused(109, "No authorization.", data=False)
    if str(body["run"]) != "1":
        raise Refused(102, "The stand-in only starts documents here.")
    for item in wanted:
        queue(documents[item])
    events.notify()
    return answers.success(data=True)


def queue(document: Document) -> None:
    """Queues a document for the parser. The dataset's totals still include the old chunks (they drift)."""
    with transaction.atomic():
        Chunk.objects.filter(doc_id=document.id).delete()
        # The tasks of a document are deleted, including graph jobs attached to it (contract §8).
        Task.objects.filter(doc_id=document.id).delete()
        now = now_ms()
        Document.objects.filter(id=document.id).update(
            run="1",
            progress=round(random.uniform(0.0001, 0.01), 8),  # noqa: S311 - the real server's own dice
            progress_msg="Task is queued...",
            process_begin_at=now,
            process_duration=0,
            chunk_num=0,
            token_num=0,
            task_id=new_id(),
            update_time=now,
        )


def stop(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """Cancels documents in the order sent, up to the first that can't be; deletes their chunks."""
    wanted, repeats = unique(_ids_of(request, dataset_id), "document")
    try:
        for item in wanted:
            document = Document.objects.filter(kb_id=dataset_id, id=item).first()
            if document is None:
                raise Refused(102, f"You don't own the document {item}.")
            if document.progress in (0.0, 1.0):
                raise Refused(102, "Can't stop parsing document with progress at 0 or 1")
            with transaction.atomic():
                Document.objects.filter(id=item).update(
                    run="2", progress=0, chunk_num=0, task_id="", update_time=now_ms()
                )
                Chunk.objects.filter(doc_id=item).delete()
    finally:
        events.notify()
    if repeats:
        return answers.done({"errors": repeats, "success_count": len(wanted)})
    return answers.done()
