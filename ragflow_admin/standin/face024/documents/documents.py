"""Documents: list, update, download, delete (contract §9). Uploading is in `uploads`, parsing in `parse`."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face024.datasets import parser_config
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, ordering, page_of, unique
from ragflow_admin.standin.store import files, removal
from ragflow_admin.standin.store.models import Chunk, Dataset, Document, now_ms
from ragflow_admin.standin.store.times import iso

RUN = {"0": "UNSTART", "1": "RUNNING", "2": "CANCEL", "3": "DONE", "4": "FAIL", "5": "SCHEDULE"}
NUMBER = {name: number for number, name in RUN.items()}
COLUMNS = frozenset({
    "id", "thumbnail", "kb_id", "parser_id", "parser_config", "pipeline_id", "source_type", "type",
    "created_by", "name", "location", "size", "token_num", "chunk_num", "progress", "progress_msg",
    "process_begin_at", "process_duration", "suffix", "run", "status", "create_time", "create_date",
    "update_time", "update_date",
})  # fmt: skip


def upload_row(d: Document) -> dict[str, Any]:
    """A document as returned by upload: without counts, progress and dates."""
    return {
        "chunk_method": d.parser_id, "created_by": d.created_by, "dataset_id": d.kb_id, "id": d.id,
        "location": d.location, "name": d.name, "parser_config": answers.raw_json(d.parser_config),
        "pipeline_id": d.pipeline_id, "run": RUN[d.run], "size": d.size, "source_type": d.source_type,
        "suffix": d.suffix, "thumbnail": d.thumbnail, "type": d.type,
    }  # fmt: skip


def row_of(d: Document) -> dict[str, Any]:
    """A document as returned by update, and as `doc` of a chunk list."""
    return upload_row(d) | {
        "chunk_count": d.chunk_num, "create_date": iso(d.create_time), "create_time": d.create_time,
        "process_begin_at": iso(d.process_begin_at), "process_duration": d.process_duration,
        "progress": d.progress, "progress_msg": d.progress_msg, "status": d.status, "token_count": d.token_num,
        "update_date": iso(d.update_time), "update_time": d.update_time,
    }  # fmt: skip


def list_row(d: Document) -> dict[str, Any]:
    """A document as in the list: with metadata, and a title that is always null."""
    return row_of(d) | {"meta_fields": answers.raw_json(d.meta_fields), "title": None}


def listed(request: ApiRequest, dataset_id: str) -> HttpResponse:
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    query = request.GET
    rows = Document.objects.filter(kb_id=dataset_id)
    for key in ("id", "name"):
        if query.get(key):
            rows = rows.filter(**{key: query[key]})
            if not rows.exists():
                raise Refused(102, f"You don't own the document {query[key]}.")
    offset, limit = page_of(request)
    order = ordering(request, "Document", COLUMNS)
    if query.get("keywords"):
        rows = rows.filter(name__icontains=query["keywords"])
    if query.getlist("suffix"):
        rows = rows.filter(suffix__in=query.getlist("suffix"))
    if query.getlist("run"):
        rows = rows.filter(run__in=[NUMBER.get(run, run) for run in query.getlist("run")])
    if query.get("metadata_condition"):
        rows = rows.filter(id__in=_meeting(dataset_id, query["metadata_condition"]))
    tie = "-id" if order[0] == "-" else "id"
    page = [list_row(d) for d in rows.order_by(order, tie)[offset : offset + limit]]
    # The time range filters the page, not the list: pages get shorter and the total stays the same.
    begin, end = int(query.get("create_time_from", 0)), int(query.get("create_time_to", 0))
    if begin or end:
        page = [r for r in page if r["create_time"] >= begin and (not end or r["create_time"] <= end)]
    return answers.done({"docs": page, "total": rows.count()})


def _meeting(dataset_id: str, text: str) -> list[str]:
    try:
        condition = json.loads(text)
    except ValueError:
        raise Refused(102, "metadata_condition must be valid JSON.") from None
    if not isinstance(condition, dict):
        raise Refused(102, "metadata_condition must be an object.")
    return conditions.documents_meeting([dataset_id], condition)


def update(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """PUT a document. Unknown fields are ignored; `chunk_method`, even unchanged, removes the chunks."""
    body = json_body(request)
    owned(request, dataset_id, "You don't own the dataset.")
    document = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
    if document is None:
        raise Refused(102, "The dataset doesn't own the document.")
    fixed = (("chunk_count", document.chunk_num), ("token_count", document.token_num), ("progress", document.progress))
    for key, stored in fixed:
        if key in body and body[key] != stored:
            raise Refused(102, f"Can't change `{key}`.")
    if "meta_fields" in body and not isinstance(body["meta_fields"], dict):
        raise Refused(102, "meta_fields must be a dictionary")
    with transaction.atomic():
        if "meta_fields" in body:
            # Recorded: the new object replaces the old one.
            document.meta_fields = json.dumps(body["meta_fields"], ensure_ascii=False)
        if "name" in body and body["name"] != document.name:
            rename(document, body["name"])
        if "parser_config" in body:
            document.parser_config = configured(document, body["parser_config"])
        if "chunk_method" in body:
            _change_method(document, body)
        if "enabled" in body:
            document.status = str(int(body["enabled"]))
        document.update_time = now_ms()
        document.save()
    return answers.done(row_of(document))


def rename(document: Document, name: Any) -> None:
    """Sets the name (unsaved). Raises Refused for a long name, another extension, or one that is taken."""
    if len(name.encode("utf-8")) > 255:
        raise Refused(101, "File name must be 255 bytes or less.")
    if file_types.suffix_of(name) != document.suffix:
        raise Refused(101, "The extension of file can't be changed")
    if Document.objects.filter(kb_id=document.kb_id, name=name).exists():
        raise Refused(102, "Duplicated document name in the same dataset.")
    # Chunks keep the document's name at the time of parsing.
    Chunk.objects.filter(doc_id=document.id, former_name="").update(former_name=document.name)
    document.name = name


def configured(document: Document, sent: dict[str, Any]) -> str:
    """The stored parser_config updated with the sent one, unchecked; a missing `raptor` removes it."""
    config = parser_config.merged(json.loads(document.parser_config), sent)
    if "raptor" not in sent:
        config.pop("raptor", None)
    return json.dumps(config)


def _change_method(document: Document, body: dict[str, Any]) -> None:
    method = body["chunk_method"]
    if method not in parser_config.METHODS:
        raise Refused(102, f"`chunk_method` {method} doesn't exist")
    if document.type == "visual" or re.search(r"\.(ppt|pptx|pages)$", document.name):
        raise Refused(102, "Not supported yet!")
    document.parser_id = method
    if not body.get("parser_config"):
        config = parser_config.merged(json.loads(document.parser_config), parser_config.default_for(method))
        document.parser_config = json.dumps(config)
    if document.token_num > 0:
        Chunk.objects.filter(doc_id=document.id).delete()
        dataset = Dataset.objects.get(id=document.kb_id)
        dataset.chunk_num -= document.chunk_num
        dataset.token_num -= document.token_num
        dataset.save(update_fields=["chunk_num", "token_num"])
        document.chunk_num = document.token_num = 0


def download(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponseBase:
    owned(request, dataset_id, f"You do not own the dataset {dataset_id}.")
    document = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
    if document is None:
        raise Refused(102, f"The dataset not own the document {document_id}.")
    return attached(document, "application/octet-stream")


def attached(document: Document, content_type: str, *, inline: bool = False) -> HttpResponseBase:
    """The stored file, as an attachment or inline, under its document's name. Raises Refused 102 if it is empty."""
    path = files.path_of(document.stored_as)
    size = path.stat().st_size if path.exists() else 0
    if size == 0:
        raise Refused(102, "This file is empty.")
    answer = FileResponse(path.open("rb"), content_type=content_type)
    name = document.name
    kind = "inline" if inline else "attachment"
    if not inline and re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII):
        disposition = f"{kind}; filename={name}"
    else:
        # The real server writes the raw UTF-8 bytes of the name.
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        disposition = f'{kind}; filename="{quoted}"'
    answer.headers["Content-Length"] = str(os.path.getsize(path))
    answer.headers["Cache-Control"] = "public"
    # Set past Django, which would encode the name.
    answer._headers_raw = [("Content-Disposition", disposition.encode().decode("latin-1"))]  # type: ignore[attr-defined]
    del answer.headers["Content-Disposition"]
    return answer


def delete(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE documents: no ids, in whatever form, means all of the dataset (contract §6).

    Ids are looked up regardless of dataset and tenant, as in 0.24.
    """
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    body = json_body(request)
    ids = body.get("ids")
    if not ids:
        removal.documents(list(Document.objects.filter(kb_id=dataset_id)))
        return answers.done()
    wanted, repeats = unique(list(ids), "document")
    found = list(Document.objects.filter(id__in=wanted))
    removal.documents(found)
    missing = [item for item in wanted if item not in {d.id for d in found}]
    if missing:
        raise Refused(102, f"Documents not found: {missing}")
    if repeats:
        return answers.done({"errors": repeats, "success_count": len(found)})
    return answers.done()
