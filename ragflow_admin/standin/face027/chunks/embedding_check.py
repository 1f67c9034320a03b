"""POST /datasets/{id}/embedding/check: does another embedding model give similar vectors? (ragflow-0.27 §6)."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Chunk, Document

SAMPLE: Final = 5
DIMENSION: Final = 256


def check(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """Compares up to 5 chunks. All models of the stand-in make the same vectors, so the similarity is always 1."""
    owned(request, dataset_id, "no authorization")
    body: dict[str, Any] = json_body(request)
    name = body.get("embd_id")
    if not name:
        raise Refused(101, "`embd_id` is required")
    offered.find(str(name), "embedding", request.tenant.id)
    sample = list(Chunk.objects.filter(kb_id=dataset_id, available=True)[:SAMPLE])
    names = dict(Document.objects.filter(id__in={c.doc_id for c in sample}).values_list("id", "name"))
    results = [
        {
            "chunk_id": chunk.id, "cos_sim": 1.0, "doc_id": chunk.doc_id, "doc_name": names[chunk.doc_id],
            "vector_dim": DIMENSION, "vector_field": f"q_{DIMENSION}_vec",
        }
        for chunk in sample
    ]  # fmt: skip
    summary = {
        "avg_cos_sim": 1.0, "kb_id": dataset_id, "match_mode": "title+content", "max_cos_sim": 1.0,
        "min_cos_sim": 1.0, "model": name, "sampled": len(sample), "valid": len(sample),
    }  # fmt: skip
    return answers.done({"results": results, "summary": summary})
