"""What the jobs of a dataset wrote when they ended (ragflow-0.27 §6 "Ingestion logs")."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face027.datasets import rows
from ragflow_admin.standin.face027.datasets.datasets import authorized, mine
from ragflow_admin.standin.face027.paging import page_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store.models import Document, IngestionLog
from ragflow_admin.standin.store.times import iso


def summary(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/ingestions/summary: the dataset's counters, and its documents by run state."""
    dataset = mine(request, dataset_id)
    states = rows.parsing_status([dataset_id])[dataset_id]
    counters = {"chunk_num": dataset.chunk_num, "doc_num": dataset.doc_num, "token_num": dataset.token_num}
    return answers.done({**counters, "status": states})


def listed(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/ingestions?log_type=: logs of the dataset's own jobs ("dataset"), or of its documents ("file")."""
    dataset = authorized(request, dataset_id)
    offset, limit = page_of(request.GET)
    found = IngestionLog.objects.filter(kb_id=dataset_id).order_by("-create_time", "-id")
    of_files = request.GET.get("log_type", "dataset") == "file"
    found = found.exclude(document_id="") if of_files else found.filter(document_id="")
    page = list(found[offset : offset + limit])
    documents = {d.id: d for d in Document.objects.filter(id__in={log.document_id for log in page})}
    logs = [_row(log, documents.get(log.document_id), dataset.tenant_id) for log in page]
    return answers.done({"logs": logs, "total": found.count()})


def one(request: ApiRequest, dataset_id: str, log_id: str) -> HttpResponse:
    """GET …/ingestions/{id}."""
    dataset = authorized(request, dataset_id)
    log = IngestionLog.objects.filter(id=log_id, kb_id=dataset_id).first()
    if log is None:
        raise Refused(102, "Log not found")
    return answers.done(_row(log, Document.objects.filter(id=log.document_id).first(), dataset.tenant_id))


def _row(log: IngestionLog, document: Document | None, tenant_id: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "avatar": "", "create_date": iso(log.create_time), "create_time": log.create_time, "id": log.id,
        "kb_id": log.kb_id, "operation_status": log.operation_status, "process_begin_at": iso(log.process_begin_at),
        "process_duration": log.process_duration, "progress": log.progress, "progress_msg": log.progress_msg,
        "status": "1", "task_type": log.task_type, "tenant_id": tenant_id, "update_date": iso(log.create_time),
        "update_time": log.create_time,
    }  # fmt: skip
    if not log.document_id:
        return row
    return row | {
        "document_id": log.document_id, "document_name": document.name if document else "",
        "document_suffix": document.suffix if document else "", "document_type": document.type if document else "",
        "dsl": {}, "parser_id": document.parser_id if document else "", "pipeline_id": "",
        "pipeline_title": document.parser_id if document else "", "source_from": "local",
    }  # fmt: skip
