"""PATCH (and PUT) a document, and the switch of several (ragflow-0.27 §0.8, §6 "Documents, parsing")."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.datasets.parser_config import merged
from ragflow_admin.standin.face024.documents.documents import configured, rename
from ragflow_admin.standin.face027.datasets import parser_config
from ragflow_admin.standin.face027.documents import fields, parse, rows
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.parsing import events
from ragflow_admin.standin.store.models import Document, now_ms

FIXED = {"chunk_count": "chunk_num", "token_count": "token_num", "progress": "progress"}


def update(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Changes what is sent; unknown fields are ignored. Any `pipeline_id` key, even "", wipes the chunks."""
    body: dict[str, Any] = json_body(request)
    owned(request, dataset_id, "you don't own the dataset")
    with transaction.atomic():
        document = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
        if document is None:
            raise Refused(102, "the dataset doesn't own the document")
        sent = fields.checked_known(fields.UPDATE, body, code=102)
        for key, column in FIXED.items():
            if key in sent and sent[key] != getattr(document, column):
                raise Refused(102, f"can't change `{key}`")
        _apply(document, sent)
        if "pipeline_id" in body:
            document.pipeline_id = body["pipeline_id"] or ""
            unparse(document)
        document.update_time = now_ms()
        document.save()
    events.notify()
    return answers.done(rows.row_of(document))


def _apply(document: Document, sent: dict[str, Any]) -> None:
    if "meta_fields" in sent:
        # Recorded: the new object replaces the old one.
        document.meta_fields = json.dumps(sent["meta_fields"], ensure_ascii=False)
    if "name" in sent and sent["name"] != document.name:
        rename(document, sent["name"])
    if sent.get("parser_config"):
        document.parser_config = configured(document, parser_config.accepted(sent["parser_config"]))
    if "chunk_method" in sent:
        _change_method(document, sent)
    if "enabled" in sent:
        document.status = str(sent["enabled"])


def _change_method(document: Document, sent: dict[str, Any]) -> None:
    """The same method keeps the chunks, but its defaults return unless a `parser_config` is sent too."""
    method = sent["chunk_method"]
    if document.type == "visual" or re.search(r"\.(ppt|pptx|pages)$", document.name):
        raise Refused(102, "Not supported yet!")
    changed = method != document.parser_id
    document.parser_id = method
    if not sent.get("parser_config"):
        config = merged(json.loads(document.parser_config), parser_config.default_for(method))
        document.parser_config = json.dumps(config)
    if changed or document.pipeline_id:
        document.pipeline_id = ""
        unparse(document)


def unparse(document: Document) -> None:
    """Removes the chunks and sets the document to UNSTART (the row is not saved)."""
    parse.release(document)
    document.run, document.progress, document.progress_msg, document.task_id = "0", 0, "", ""


def switch(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/documents/batch-update-status: `{doc_ids, status}`, a result per id; code 500 if one is unknown."""
    body: dict[str, Any] = json_body(request)
    ids, status = body.get("doc_ids") or [], str(body.get("status", ""))
    if not ids:
        raise Refused(101, '"doc_ids" is required and must be a non-empty list.')
    if status not in ("0", "1"):
        raise Refused(101, f'"Status" must be either 0 or 1:{status}!')
    owned(request, dataset_id, "you don't own the dataset")
    known = set(Document.objects.filter(kb_id=dataset_id, id__in=ids).values_list("id", flat=True))
    Document.objects.filter(id__in=known).update(status=status, update_time=now_ms())
    results = {item: {"status": status} if item in known else {"error": "Document not found"} for item in ids}
    if len(known) < len(results):
        raise Refused(500, "Partial failure", results)
    return answers.success(results)
