"""POST /datasets/{id}/search and /datasets/search: retrieval with raw names (ragflow-0.27 §6)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin import search
from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face024.datasets import schema
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.datasets.schema import Field
from ragflow_admin.standin.face027.chunks.chunks import image_id
from ragflow_admin.standin.face027.chunks.retrieval import check_rerank
from ragflow_admin.standin.face027.documents import fields
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.search import Hit

ONE = {
    "question": Field(schema.text(1), required=True),
    "page": Field(schema.number(1)),
    "size": Field(schema.number(1, 100)),
    "top_k": Field(schema.number(1)),
    "similarity_threshold": Field(schema.number(0, 1, whole=False)),
    "vector_similarity_weight": Field(schema.number(0, 1, whole=False)),
    "doc_ids": Field(schema.listing, null=True),
    "rerank_id": Field(schema.text(), null=True),
    "meta_data_filter": Field(lambda value: value, null=True),
}
MANY = {"dataset_ids": Field(schema.listing, required=True), **ONE}


def one(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST /datasets/{id}/search."""
    sent = fields.checked_known(ONE, schema.strict_json(request), code=101)
    return _answer(request, [dataset_id], sent)


def many(request: ApiRequest) -> HttpResponse:
    """POST /datasets/search."""
    sent = fields.checked_known(MANY, schema.strict_json(request), code=101)
    return _answer(request, sent["dataset_ids"], sent)


def _answer(request: ApiRequest, dataset_ids: list[str], sent: dict[str, Any]) -> HttpResponse:
    """One page of hits; `total` is the number of chunks in the answer, `doc_aggs` are those of all hits."""
    for dataset_id in dataset_ids:
        owned(request, dataset_id, f"Only owner of dataset {dataset_id} authorized for this operation.")
    check_rerank(request, sent.get("rerank_id"))
    documents = list(sent.get("doc_ids") or [])
    chosen = _manual(sent.get("meta_data_filter"))
    if chosen:
        meeting = conditions.documents_meeting(dataset_ids, chosen)
        # An id that no document has: a condition that nothing meets finds nothing.
        documents = [item for item in documents if item in meeting] if documents else meeting or ["-999"]
    found = search.search(
        sent["question"],
        dataset_ids,
        documents,
        threshold=sent.get("similarity_threshold", 0.0),
        vector_weight=sent.get("vector_similarity_weight", 0.3),
        top_k=sent.get("top_k", 1024),
    )
    size = sent.get("size", 30)
    offset = (sent.get("page", 1) - 1) * size
    rows = [row_of(hit) for hit in found.hits[offset : offset + size]]
    return answers.done({"chunks": rows, "doc_aggs": found.doc_aggs(), "labels": None, "total": len(rows)})


def _manual(wanted: Any) -> dict[str, Any]:
    """The condition of a filter set by hand; the other methods need a language model and are ignored."""
    if not isinstance(wanted, dict) or wanted.get("method") != "manual":
        return {}
    parts = [
        {"name": one["key"], "comparison_operator": one["op"], "value": one.get("value", "")}
        for one in wanted.get("manual") or []
    ]
    return {"logic": wanted.get("logic", "and"), "conditions": parts} if parts else {}


def row_of(hit: Hit) -> dict[str, Any]:
    """A hit with the names of the search engine's columns."""
    chunk = hit.chunk
    return {
        "chunk_id": chunk.id, "content_ltks": " ".join(tokens.words(chunk.content[: search.READ])),
        "content_with_weight": chunk.content, "doc_id": chunk.doc_id, "doc_type_kwd": chunk.doc_type_kwd,
        "docnm_kwd": hit.document_name, "image_id": image_id(chunk, hit.document_name),
        "important_kwd": json.loads(chunk.keywords), "kb_id": chunk.kb_id, "mom_id": "",
        "positions": json.loads(chunk.positions), "row_id": None, "similarity": hit.similarity,
        "tag_kwd": json.loads(chunk.tag_kwd), "term_similarity": hit.term_similarity,
        "vector_similarity": hit.vector_similarity,
    }  # fmt: skip
