"""POST /retrieval, and the retrieval for Dify (ragflow-0.27 §6 "Chunks, retrieval")."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin import offered, search
from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face027 import paging
from ragflow_admin.standin.face027.chunks.chunks import image_id
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.search import Hit
from ragflow_admin.standin.store.models import Dataset, Document

NOTHING = {"chunks": [], "doc_aggs": {}, "total": 0}


def retrieve(request: ApiRequest) -> HttpResponse:
    """POST /retrieval: the best chunks of the caller's datasets; `total` counts those of all pages."""
    body: dict[str, Any] = json_body(request)
    ids = _datasets(request, body)
    if "question" not in body:
        raise Refused(102, "`question` is required.")
    offset, size = paging.page_of(body)
    question = body["question"].strip() if isinstance(body["question"], str) else body["question"]
    if not question:
        return answers.done(NOTHING)
    documents = _documents(body, ids)
    condition = body.get("metadata_condition") or {}
    if not documents and condition:
        documents = conditions.documents_meeting(ids, condition)
        if not documents:
            return answers.done(NOTHING)
    threshold = float(body.get("similarity_threshold", 0.2))
    weight = float(body.get("vector_similarity_weight", 0.3))
    top_k = int(body.get("top_k", 1024))
    if top_k <= 0:
        raise Refused(102, "`top_k` must be greater than 0")
    _check_highlight(body.get("highlight"))
    check_rerank(request, body.get("rerank_id"))
    found = search.search(text_of(question), ids, documents, threshold=threshold, vector_weight=weight, top_k=top_k)
    rows = [row_of(hit) for hit in found.hits[offset : offset + size]]
    _add_metadata(rows, body)
    return answers.done({"chunks": rows, "doc_aggs": found.doc_aggs(), "total": len(found.hits)})


def _datasets(request: ApiRequest, body: dict[str, Any]) -> list[str]:
    if not body.get("dataset_ids"):
        raise Refused(102, "`dataset_ids` is required.")
    ids = body["dataset_ids"]
    if not isinstance(ids, list):
        raise Refused(102, "`dataset_ids` should be a list")
    paging.at_most(ids, "dataset_ids")
    mine = dict(Dataset.objects.filter(id__in=ids, tenant_id=request.tenant.id).values_list("id", "embd_id"))
    for item in ids:
        if item not in mine:
            raise Refused(102, f"You don't own the dataset {item}.")
    if len(set(mine.values())) > 1:
        raise Refused(102, "Datasets use different embedding models.")
    return ids


def _documents(body: dict[str, Any], dataset_ids: list[str]) -> list[str]:
    ids = body.get("document_ids") or []
    if not isinstance(ids, list):
        raise Refused(102, "`documents` should be a list")
    known = set(Document.objects.filter(id__in=ids, kb_id__in=dataset_ids).values_list("id", flat=True))
    for item in ids:
        if item not in known:
            raise Refused(102, f"The datasets don't own the document {item}")
    return ids


def _check_highlight(value: Any) -> None:
    if not (value is None or isinstance(value, bool) or str(value).lower() in ("true", "false")):
        raise Refused(102, "`highlight` should be a boolean")


def check_rerank(request: ApiRequest, name: Any) -> None:
    """Raises LookupError (code 100) for a rerank model that does not exist."""
    if name:
        offered.find(str(name), "rerank", request.tenant.id)


def text_of(question: Any) -> str:
    """The question. Raises TypeError (code 100) if it is no text."""
    if not isinstance(question, str):
        raise TypeError(f"expected string or bytes-like object, got '{type(question).__name__}'")
    return question


def row_of(hit: Hit) -> dict[str, Any]:
    """A hit as returned by POST /retrieval."""
    chunk = hit.chunk
    return search.retrieval_row(hit) | {
        "doc_type_kwd": chunk.doc_type_kwd, "image_id": image_id(chunk, hit.document_name), "row_id": None,
        "tag_kwd": json.loads(chunk.tag_kwd),
    }  # fmt: skip


def _add_metadata(rows: list[dict[str, Any]], body: dict[str, Any]) -> None:
    """`document_metadata` for `reference_metadata: {include, fields}` (or `include_metadata`), if there is any."""
    wanted = body.get("reference_metadata") or {}
    if not (wanted.get("include") or body.get("include_metadata")):
        return
    pairs = Document.objects.filter(id__in={row["document_id"] for row in rows}).values_list("id", "meta_fields")
    metas = {document_id: json.loads(text) for document_id, text in pairs}
    names = wanted.get("fields") or body.get("metadata_fields")
    for row in rows:
        meta = metas[row["document_id"]]
        shown = {key: meta[key] for key in names if key in meta} if names else meta
        if shown:
            row["document_metadata"] = shown


def for_dify(request: ApiRequest) -> HttpResponse:
    """POST /dify/retrieval: `{knowledge_id, query, retrieval_setting: {top_k, score_threshold}}` → records."""
    body: dict[str, Any] = json_body(request)
    missing = [name for name in ("knowledge_id", "query") if not body.get(name)]
    if missing:
        raise Refused(101, f"required argument are missing: {', '.join(missing)}; ", None)
    dataset_id = str(body["knowledge_id"])
    if not Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).exists():
        raise Refused(404, "Knowledgebase not found!")
    setting = body.get("retrieval_setting") or {}
    documents: list[str] = []
    condition = body.get("metadata_condition") or {}
    if condition:
        documents = conditions.documents_meeting([dataset_id], condition)
        if not documents:
            return answers.json_answer({"records": []})
    threshold = float(setting.get("score_threshold", 0.0))
    found = search.search(text_of(body["query"]), [dataset_id], documents, threshold=threshold)
    hits = found.hits[: int(setting.get("top_k", 1024))]
    records = [
        {
            "content": hit.chunk.content, "score": hit.similarity, "title": hit.document_name,
            "metadata": {"doc_id": hit.chunk.doc_id, "document_id": hit.chunk.doc_id},
        }
        for hit in hits
    ]  # fmt: skip
    return answers.json_answer({"records": records})


def dify_health(request: HttpRequest) -> HttpResponse:
    """GET /dify/retrieval/health, without a key."""
    return answers.success(data=True)
