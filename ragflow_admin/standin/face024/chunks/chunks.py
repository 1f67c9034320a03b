"""Chunks of a document (contract §12)."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.face024.documents.documents import row_of as document_row
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, sql_error, unique
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.parsing.extract import PICTURES
from ragflow_admin.standin.store import chunks, files
from ragflow_admin.standin.store.models import Chunk, Document
from ragflow_admin.standin.store.times import spaced


def _document(request: ApiRequest, dataset_id: str, document_id: str) -> Document:
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    document = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
    if document is None:
        raise Refused(102, f"You don't own the document {document_id}.")
    return document


def image_id(chunk: Chunk, name: str) -> str:
    """The image id of a chunk. Only chunks of images have one here; the real server also extracts images from PDFs."""
    return f"{chunk.kb_id}-{chunk.id}" if file_types.suffix_of(name) in PICTURES else ""


def image(request: HttpRequest, image_id: str) -> HttpResponseBase:
    """GET /v1/document/image/<id>: needs no key, always claims JPEG; a missing image is code 100 (contract §22)."""
    parts = image_id.split("-")
    if len(parts) != 2:
        raise Refused(102, "Image not found.")
    chunk = Chunk.objects.filter(kb_id=parts[0], id=parts[1]).first()
    path = files.path_of(chunk.doc_id) if chunk else None
    if path is None or not path.exists():
        raise FileNotFoundError("Image not found")
    return HttpResponse(path.read_bytes(), content_type="image/JPEG")


def row_of(chunk: Chunk, name: str) -> dict[str, Any]:
    return {
        "available": chunk.available, "content": chunk.content, "dataset_id": chunk.kb_id,
        "docnm_kwd": chunk.former_name or name,
        "document_id": chunk.doc_id, "id": chunk.id, "image_id": image_id(chunk, name),
        "important_keywords": answers.raw_json(chunk.keywords), "positions": answers.raw_json(chunk.positions),
        "questions": answers.raw_json(chunk.questions),
    }  # fmt: skip


def marked(content: str, wanted: set[str]) -> str:
    """The content with `<em>` around the searched words; nothing is escaped."""

    def mark(match: re.Match[str]) -> str:
        word = match.group(0)
        return f"<em>{word}</em>" if set(tokens.words(word)) & wanted else word

    return re.sub(r"\w+", mark, content)


def holding(rows: QuerySet[Chunk], wanted: set[str]) -> QuerySet[Chunk]:
    """The chunks that have at least one of the words."""
    meets = Q(pk__in=[])
    for word in wanted:
        # Tokens are separated by blanks; the chunks of one document are few enough to scan.
        meets |= Q(tokens__regex=rf"(^| ){re.escape(word)}")
    return rows.filter(meets)


def listed(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    document = _document(request, dataset_id, document_id)
    query = request.GET
    rows = Chunk.objects.filter(doc_id=document.id)
    if query.get("id"):
        found = rows.filter(id=query["id"])
        if not found:
            raise Refused(404, f"Chunk not found: {dataset_id}/{query['id']}")
        page = [row_of(c, document.name) for c in found]
        return answers.done({"chunks": page, "doc": document_row(document), "total": 1})
    number, size = int(query.get("page", 1)), int(query.get("page_size", 30))
    if number < 1:
        raise sql_error(f"{(number - 1) * size}, {size}")
    size = size or 30
    wanted = set(tokens.question_words(query.get("keywords", "")))
    if query.get("keywords"):
        rows = holding(rows, wanted)
    order = ("positions",) if request.META.get("standin.fault") == "unordered" else ("place", "-row")
    found = rows.order_by(*order)[(number - 1) * size : number * size]
    page = [row_of(c, document.name) for c in found]
    if wanted:
        for chunk in page:
            chunk["content"] = marked(chunk["content"], wanted)
    return answers.done({"chunks": page, "doc": document_row(document), "total": rows.count()})


def add(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """POST a chunk. The same content yields the same chunk, but the counters still increase."""
    document = _document(request, dataset_id, document_id)
    body = json_body(request)
    content = body.get("content", "")
    if not str(content).strip():
        raise Refused(102, "`content` is required")
    for key in ("important_keywords", "questions"):
        if key in body and not isinstance(body[key], list):
            raise Refused(102, f"`{key}` is required to be a list")
    if not isinstance(content, str):
        raise TypeError(f"unsupported operand type(s) for +: '{type(content).__name__}' and 'str'")
    keywords, questions = body.get("important_keywords", []), body.get("questions", [])
    now = time.time()
    title = document.name.rpartition(".")[0]
    with transaction.atomic():
        chunk, _ = Chunk.objects.update_or_create(
            doc_id=document.id,
            id=chunks.chunk_id(content, document.id),
            defaults={
                "kb_id": dataset_id,
                "content": content,
                "tokens": chunks.search_text(content, keywords, questions, title),
                "keywords": json.dumps(keywords),
                "questions": json.dumps(questions),
                "place": -1,
            },
        )
        chunks.count_in(document, 1, tokens.count(content))
    data = {
        "content": content, "create_time": spaced(int(now * 1000)), "create_timestamp": now,
        "dataset_id": dataset_id, "document_id": document.id, "id": chunk.id, "important_keywords": keywords,
        "questions": questions,
    }  # fmt: skip
    return answers.done({"chunk": data})


def update(request: ApiRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    chunk = Chunk.objects.filter(id=chunk_id, kb_id=dataset_id).first()
    if chunk is None:
        raise Refused(102, f"Can't find this chunk {chunk_id}")
    document = _document(request, dataset_id, document_id)
    body = json_body(request)
    if isinstance(body.get("content"), str) and body["content"].strip():
        chunk.content = body["content"]
    for key, column in (("important_keywords", "keywords"), ("questions", "questions")):
        if key in body:
            if not isinstance(body[key], list):
                raise Refused(102, f"`{key}` should be a list")
            setattr(chunk, column, json.dumps(body[key]))
    if "available" in body:
        chunk.available = bool(int(body["available"]))
    if "positions" in body:
        rows = body["positions"]
        if not isinstance(rows, list) or any(not isinstance(r, list) or len(r) != 5 for r in rows):
            raise Refused(102, "`positions` should be a list")
        chunk.positions = json.dumps(rows)
    title = document.name.rpartition(".")[0]
    keywords, questions = json.loads(chunk.keywords), json.loads(chunk.questions)
    chunk.tokens = chunks.search_text(chunk.content, keywords, questions, title)
    chunk.save()
    return answers.done()


def delete(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """DELETE chunks: no ids means all of the document; found ones are deleted even if the response is an error."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    document = Document.objects.filter(id=document_id).first()
    if document is None:
        raise LookupError(f"Can't find the document with ID {document_id}!")
    body = json_body(request)
    rows = Chunk.objects.filter(doc_id=document.id)
    wanted: list[str] = []
    repeats: list[str] = []
    if "chunk_ids" in body and body["chunk_ids"] is None:
        raise TypeError("'NoneType' object is not iterable")
    if body.get("chunk_ids"):
        wanted, repeats = unique(list(body["chunk_ids"]), "chunk")
        rows = rows.filter(id__in=wanted)
    with transaction.atomic():
        token_count = sum(tokens.count(text) for text in rows.values_list("content", flat=True))
        gone = rows.delete()[0]
        if not wanted:
            gone, token_count = document.chunk_num, document.token_num
        chunks.count_in(document, -gone, -token_count)
    if wanted and gone != len(wanted):
        raise Refused(102, f"rm_chunk deleted chunks {gone}, expect {len(wanted)}")
    if repeats:
        return answers.done({"errors": repeats, "success_count": gone})
    return answers.done()
