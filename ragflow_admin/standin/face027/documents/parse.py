"""Start and stop parsing: /documents/parse, /stop and /ingest, and 0.24's /chunks (ragflow-0.27 §6)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.documents.parse import queue
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, unique
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store.models import Chunk, Dataset, Document, now_ms
from ragflow_admin.standin.store.times import clock

RUNNING = "1"
NOT_RUNNING = "Can't stop parsing document that has not started or already completed"


def _wanted(request: ApiRequest, dataset_id: str) -> tuple[list[str], list[str], dict[str, Document]]:
    """(ids, messages about duplicates, documents by id) of a body with `document_ids`. Raises Refused 102."""
    dataset = owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    body: Any = json_body(request)
    if not body.get("document_ids"):
        raise Refused(102, "`document_ids` is required")
    if dataset.pipeline_id and request.path.endswith("/chunks"):
        raise Refused(101, "Use `/documents/ingest` for datasets with a pipeline")
    ids, repeats = unique(list(body["document_ids"]), "document")
    return ids, repeats, {d.id: d for d in Document.objects.filter(kb_id=dataset_id, id__in=ids)}


def _answer(done: int, errors: list[str], *, always: bool) -> HttpResponse:
    """`{success_count, errors}`; 0.24's forms have it only if there are errors."""
    if not errors:
        return answers.done({"success_count": done}) if always else answers.done()
    return answers.done({"errors": errors, "success_count": done})


def start(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/documents/parse: queues documents, also running ones. Good ids are queued even if others are unknown."""
    ids, repeats, documents = _wanted(request, dataset_id)
    for document in documents.values():
        queue_again(document)
    events.notify()
    _refuse_missing(ids, documents)
    return _answer(len(documents), repeats, always=True)


def start_idle(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/chunks: refuses running documents; those before the first of them stay queued."""
    ids, repeats, documents = _wanted(request, dataset_id)
    try:
        for document in (documents[item] for item in ids if item in documents):
            if document.run == RUNNING:
                raise Refused(102, "Can't parse document that is currently being processed")
            queue_again(document)
    finally:
        events.notify()
    _refuse_missing(ids, documents)
    return _answer(len(documents), repeats, always=False)


def stop(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/documents/stop: documents that don't run are `errors`, which does not make the answer an error."""
    ids, repeats, documents = _wanted(request, dataset_id)
    running = [d for d in documents.values() if d.run == RUNNING]
    for document in running:
        cancel(document, said=True)
    events.notify()
    _refuse_missing(ids, documents)
    errors = [NOT_RUNNING] * (len(documents) - len(running))
    return _answer(len(running), errors + repeats, always=True)


def stop_in_order(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE …/chunks: cancels in the order sent, up to the first document that is unknown or does not run."""
    ids, repeats, documents = _wanted(request, dataset_id)
    try:
        for item in ids:
            if item not in documents:
                raise Refused(102, f"you don't own the document {item}")
            if documents[item].run != RUNNING:
                raise Refused(102, NOT_RUNNING, {"error_code": "DOC_STOP_PARSING_INVALID_STATE"})
            cancel(documents[item], said=False)
    finally:
        events.notify()
    return _answer(len(ids), repeats, always=False)


def ingest(request: ApiRequest) -> HttpResponse:
    """POST /documents/ingest: `run` "1" starts documents of any of the caller's datasets, "2" cancels them."""
    body: dict[str, Any] = json_body(request)
    missing = [name for name in ("doc_ids", "run") if name not in body]
    if missing:
        raise Refused(101, f"required argument are missing: {','.join(missing)}; ", None)
    mine = Dataset.objects.filter(tenant_id=request.tenant.id).values_list("id", flat=True)
    documents = list(Document.objects.filter(id__in=body["doc_ids"], kb_id__in=list(mine)))
    if len(documents) < len(set(body["doc_ids"])):
        raise Refused(109, "no authorization", None)
    for document in documents:
        if str(body["run"]) == "1":
            queue_again(document)
        elif document.run != RUNNING:
            raise Refused(102, "Cannot cancel a task that is not in RUNNING status", None)
        else:
            cancel(document, said=True)
    events.notify()
    return answers.success(data=True)


def _refuse_missing(ids: list[str], documents: dict[str, Document]) -> None:
    missing = [item for item in ids if item not in documents]
    if missing:
        raise Refused(102, f"Documents not found: {missing}")


def release(document: Document) -> None:
    """Deletes the chunks and takes them out of the dataset's totals; the row's counts are set, but not saved."""
    with transaction.atomic():
        Chunk.objects.filter(doc_id=document.id).delete()
        # The parser may have stored chunks since the row was read.
        counts = Document.objects.filter(id=document.id).values_list("chunk_num", "token_num").first() or (0, 0)
        Dataset.objects.filter(id=document.kb_id).update(
            chunk_num=F("chunk_num") - counts[0], token_num=F("token_num") - counts[1]
        )
    document.chunk_num = document.token_num = 0


def queue_again(document: Document) -> None:
    """Queues a document for the parser. Unlike in 0.24, the dataset's totals no longer count the old chunks."""
    with transaction.atomic():
        release(document)
        queue(document)


def cancel(document: Document, *, said: bool) -> None:
    """CANCEL with progress 0 and no chunks; `said`: the log says so, as in the new form (ragflow-0.27 §6)."""
    with transaction.atomic():
        release(document)
        # The log may have grown since the row was read.
        log = Document.objects.values_list("progress_msg", flat=True).get(id=document.id)
        Document.objects.filter(id=document.id).update(
            run="2",
            progress=0,
            progress_msg=f"{log}\n{clock()} Task stopped by user." if said else log,
            chunk_num=0,
            token_num=0,
            task_id="",
            update_time=now_ms(),
        )
