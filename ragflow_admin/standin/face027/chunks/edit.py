"""Adding, changing and switching chunks (ragflow-0.27 §6 "Chunks, retrieval")."""

from __future__ import annotations

import base64
import binascii
import json
import time
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face027.chunks.chunks import document_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.store import chunks, files
from ragflow_admin.standin.store.models import Chunk, Document
from ragflow_admin.standin.store.times import spaced

LISTS = {"important_keywords": "keywords", "questions": "questions", "tag_kwd": "tag_kwd"}


def add(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """POST …/chunks. The same content yields the same chunk, but the counters still increase."""
    document = document_of(request, dataset_id, document_id)
    body: dict[str, Any] = json_body(request)
    content = body.get("content")
    if _blank(content):
        raise Refused(102, "`content` is required")
    lists = _lists(body, "is required to be a list")
    if not isinstance(content, str):
        raise TypeError(f"unsupported operand type(s) for +: '{type(content).__name__}' and 'str'")
    now = time.time()
    chunk = Chunk(
        id=chunks.chunk_id(content, document.id),
        doc_id=document.id,
        kb_id=dataset_id,
        content=content,
        place=-1,
        create_timestamp_flt=now,
    )
    _apply(chunk, document, lists, body)
    with transaction.atomic():
        Chunk.objects.filter(doc_id=document.id, id=chunk.id).delete()
        chunk.save()
        chunks.count_in(document, 1, tokens.count(content))
    data = {
        "content": content, "create_time": spaced(int(now * 1000)), "create_timestamp": now,
        "dataset_id": dataset_id, "doc_type_kwd": chunk.doc_type_kwd or "text", "document_id": document.id,
        "id": chunk.id, "important_keywords": lists.get("important_keywords", []),
        "questions": lists.get("questions", []),
    }  # fmt: skip
    if "tag_kwd" in lists:
        data["tag_kwd"] = lists["tag_kwd"]
    if chunk.doc_type_kwd == "image":
        data["image_id"] = f"{dataset_id}-{chunk.id}"
    return answers.done({"chunk": data})


def update(request: ApiRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """PATCH (and PUT) …/chunks/{id}: changes what is sent."""
    document = document_of(request, dataset_id, document_id)
    chunk = Chunk.objects.filter(id=chunk_id, doc_id=document.id).first()
    if chunk is None:
        raise Refused(102, f"Can't find this chunk {chunk_id}")
    body: dict[str, Any] = json_body(request)
    if body.get("content") is not None:
        if _blank(body["content"]):
            raise Refused(102, "`content` is required")
        chunk.content = str(body["content"])
    lists = _lists(body, "should be a list")
    if "available" in body:
        chunk.available = bool(int(body["available"]))
    if "positions" in body:
        if not isinstance(body["positions"], list):
            raise Refused(102, "`positions` should be a list")
        chunk.positions = json.dumps(body["positions"])
    _apply(chunk, document, lists, body)
    chunk.save()
    return answers.done()


def switch(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """PATCH …/chunks: `{chunk_ids, available}` (or `available_int`); unknown ids are ignored."""
    document = document_of(request, dataset_id, document_id)
    body: dict[str, Any] = json_body(request)
    if not body.get("chunk_ids"):
        raise Refused(102, "`chunk_ids` is required.")
    value = body.get("available_int", body.get("available"))
    if value is None:
        raise Refused(102, "`available_int` or `available` is required.")
    Chunk.objects.filter(doc_id=document.id, id__in=body["chunk_ids"]).update(available=bool(int(value)))
    return answers.done(data=True)


def _blank(content: Any) -> bool:
    return content is None or (isinstance(content, str) and not content.strip())


def _lists(body: dict[str, Any], complaint: str) -> dict[str, list[str]]:
    """The lists of texts that were sent. Raises Refused 102."""
    sent = {key: body[key] for key in LISTS if key in body}
    for key, value in sent.items():
        if not isinstance(value, list):
            raise Refused(102, f"`{key}` {complaint}")
        if not all(isinstance(item, str) for item in value):
            raise Refused(102, f"`{key}` must be a list of strings")
    return sent


def _apply(chunk: Chunk, document: Document, lists: dict[str, list[str]], body: dict[str, Any]) -> None:
    """Sets keywords, questions, tags and picture (the row is not saved)."""
    for key, value in lists.items():
        setattr(chunk, LISTS[key], json.dumps(value))
    if "tag_feas" in body:
        if not isinstance(body["tag_feas"], dict):
            raise Refused(102, "`tag_feas` must be an object mapping string tags to finite numeric scores")
        chunk.tag_feas = json.dumps(body["tag_feas"])
    if "image_base64" in body:
        files.write(f"{chunk.kb_id}-{chunk.id}", _picture(body["image_base64"]))
        chunk.doc_type_kwd = "image"
    title = document.name.rpartition(".")[0]
    keywords, questions = json.loads(chunk.keywords), json.loads(chunk.questions)
    chunk.tokens = chunks.search_text(chunk.content, keywords, questions, title)


def _picture(text: Any) -> bytes:
    if not isinstance(text, str) or not text.strip():
        raise Refused(102, "`image_base64` must be a non-empty string")
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Refused(102, "`image_base64` is not valid base64") from None
