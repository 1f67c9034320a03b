"""POST /retrieval (contract §13)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin import search
from ragflow_admin.standin.face024 import conditions, models
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, sql_error
from ragflow_admin.standin.store.models import Dataset, Document


class OperationalError(Exception):
    """The search engine's error for a column that does not exist."""


def retrieve(request: ApiRequest) -> HttpResponse:
    body: Any = json_body(request)
    if not body.get("dataset_ids"):
        raise Refused(102, "`dataset_ids` is required.")
    ids = body["dataset_ids"]
    if not isinstance(ids, list):
        raise Refused(102, "`dataset_ids` should be a list")
    _check_datasets(request, ids)
    if "question" not in body:
        raise Refused(102, "`question` is required.")
    page, size = int(body.get("page", 1)), int(body.get("page_size", 30))
    documents = body.get("document_ids") or []
    if not isinstance(documents, list):
        raise Refused(102, "`documents` should be a list")
    owned = set(Document.objects.filter(id__in=documents, kb_id__in=ids).values_list("id", flat=True))
    for item in documents:
        if item not in owned:
            raise Refused(102, f"The datasets don't own the document {item}")
    nothing = {"chunks": [], "doc_aggs": {}, "total": 0}
    if not str(body["question"]).strip():
        return answers.done(nothing)
    if not documents and body.get("metadata_condition"):
        documents = conditions.documents_meeting(ids, body["metadata_condition"])
        if not documents:
            return answers.done(nothing)
    highlight = body.get("highlight", False)
    if isinstance(highlight, str):
        if highlight.lower() not in ("true", "false"):
            raise Refused(102, "`highlight` should be a boolean")
        highlight = highlight.lower() == "true"
    rerank = body.get("rerank_id")
    if rerank and not models.exists(rerank, "rerank"):
        raise LookupError(f"Model({rerank}@None) not authorized")
    if size < 1 or page < 1:
        raise sql_error(f"{-abs(size or 30)}, {size or 30}")
    if body.get("toc_enhance"):
        raise OperationalError("(pymysql.err.OperationalError) (1054, \"Unknown column 'toc_kwd' in 'where clause'\")")
    found = search.search(
        body["question"],
        ids,
        documents,
        threshold=float(body.get("similarity_threshold", 0.2)),
        vector_weight=float(body.get("vector_similarity_weight", 0.3)),
        top_k=int(body.get("top_k", 1024)),
    )
    hits = found.hits[(page - 1) * size : page * size]
    data = {
        "chunks": [search.retrieval_row(hit) for hit in hits],
        "doc_aggs": found.doc_aggs(),
        "total": len(found.hits),
    }
    return answers.done(data)


def _check_datasets(request: ApiRequest, ids: list[str]) -> None:
    rows = Dataset.objects.filter(id__in=ids, tenant_id=request.tenant.id).values_list("id", "embd_id")
    mine = dict(rows)
    for item in ids:
        if item not in mine:
            raise Refused(102, f"You don't own the dataset {item}.")
    if len(set(mine.values())) > 1:
        raise Refused(102, 'Datasets use different embedding models."')
