"""Chunks of a document: list, one, delete (ragflow-0.27 §6 "Chunks, retrieval")."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face024.chunks import chunks as face024
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face027 import paging
from ragflow_admin.standin.face027.documents import fields
from ragflow_admin.standin.face027.documents.rows import row_of as document_row
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, unique
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.store import chunks, files
from ragflow_admin.standin.store.models import Chunk, Document
from ragflow_admin.standin.store.times import spaced


def document_of(request: ApiRequest, dataset_id: str, document_id: str) -> Document:
    """The caller's document. Raises Refused 102."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    found = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
    if found is None:
        raise Refused(102, f"you don't own the document {document_id}")
    return found


def image_id(chunk: Chunk, name: str) -> str:
    """The id of the picture that came with the chunk, or of the document if that is one; else ""."""
    return f"{chunk.kb_id}-{chunk.id}" if chunk.doc_type_kwd == "image" else face024.image_id(chunk, name)


def row_of(chunk: Chunk, name: str) -> dict[str, Any]:
    """A chunk as in the list."""
    return face024.row_of(chunk, name) | {
        "doc_type_kwd": chunk.doc_type_kwd or "text", "image_id": image_id(chunk, name),
        "tag_kwd": answers.raw_json(chunk.tag_kwd),
    }  # fmt: skip


def listed(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """GET …/chunks: one page, or one chunk by `id`; `chunk_ids`, `available` and `keywords` narrow it."""
    document = document_of(request, dataset_id, document_id)
    query = request.GET
    offset, limit = paging.page_of(query)
    rows = Chunk.objects.filter(doc_id=document.id)
    if query.get("id"):
        chunk = rows.filter(id=query["id"]).first()
        if chunk is None:
            raise Refused(102, f"Chunk not found: {dataset_id}/{query['id']}")
        page = [row_of(chunk, document.name) | {"tag_feas": answers.raw_json(chunk.tag_feas)}]
        return answers.done({"chunks": page, "doc": document_row(document), "total": 1})
    if ids := fields.id_list(query, "chunk_ids"):
        rows = rows.filter(id__in=ids)
    if "available" in query:
        rows = rows.filter(available=query["available"] == "true")
    wanted = set(tokens.question_words(query.get("keywords", "")))
    if query.get("keywords"):
        rows = face024.holding(rows, wanted)
    order = ("positions",) if request.META.get("standin.fault") == "unordered" else ("place", "-row")
    page = [row_of(chunk, document.name) for chunk in rows.order_by(*order)[offset : offset + limit]]
    if wanted:
        for row in page:
            row["content"] = face024.marked(row["content"], wanted)
    return answers.done({"chunks": page, "doc": document_row(document), "total": rows.count()})


def show(request: ApiRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """GET …/chunks/{id}: with the names of the search engine's columns, empty ones left out."""
    document = document_of(request, dataset_id, document_id)
    chunk = Chunk.objects.filter(doc_id=document.id, id=chunk_id).first()
    if chunk is None:
        raise Refused(102, "Chunk not found!")
    positions = json.loads(chunk.positions)
    row = {
        "_order_id": max(chunk.place, 0), "available_int": int(chunk.available),
        "content_with_weight": chunk.content, "create_time": spaced(int(chunk.create_timestamp_flt * 1000)),
        "create_timestamp_flt": chunk.create_timestamp_flt, "doc_id": chunk.doc_id,
        "docnm_kwd": chunk.former_name or document.name, "group_id": chunk.doc_id, "id": chunk.id,
        "img_id": image_id(chunk, document.name), "kb_id": chunk.kb_id,
        "page_num_int": [place[0] for place in positions], "position_int": positions, "removed_kwd": "N",
        "top_int": [place[3] for place in positions],
    }  # fmt: skip
    more = {
        "doc_type_kwd": chunk.doc_type_kwd, "important_kwd": json.loads(chunk.keywords),
        "question_kwd": json.loads(chunk.questions), "tag_kwd": json.loads(chunk.tag_kwd),
        "tag_feas": json.loads(chunk.tag_feas),
    }  # fmt: skip
    return answers.done(row | {key: value for key, value in more.items() if value})


def delete(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """DELETE …/chunks: no ids delete nothing, but for `delete_all`; found ones go even if others are unknown."""
    document = document_of(request, dataset_id, document_id)
    body: dict[str, Any] = json_body(request)
    everything = body.get("delete_all") is True
    wanted, repeats = unique(list(body.get("chunk_ids") or []), "chunk")
    if not wanted and not everything:
        return answers.done()
    doomed = Chunk.objects.filter(doc_id=document.id)
    if wanted:
        doomed = doomed.filter(id__in=wanted)
    with transaction.atomic():
        token_count = sum(tokens.count(text) for text in doomed.values_list("content", flat=True))
        pictures = list(doomed.filter(doc_type_kwd="image").values_list("id", flat=True))
        gone = doomed.delete()[0]
        chunks.count_in(document, -gone, -token_count)
    for picture in pictures:
        files.remove(f"{dataset_id}-{picture}")
    if wanted and gone != len(wanted):
        raise Refused(102, f"rm_chunk deleted chunks {gone}, expect {len(wanted)}")
    if repeats:
        return answers.done({"errors": repeats, "success_count": gone})
    return answers.done()
