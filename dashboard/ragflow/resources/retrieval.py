"""Retrieval: finds chunks for a question without generating an answer (contract §13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from dashboard.ragflow.chat.sources import sources_in
from dashboard.ragflow.errors import RAGFlowError, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import DocumentCount, Retrieval

PARAMETERS = frozenset(
    {
        "similarity_threshold",
        "vector_similarity_weight",
        "top_k",
        "rerank_id",
        "keyword",
        "use_kg",
        "toc_enhance",
        "highlight",
        "cross_languages",
        "metadata_condition",
    }
)


class _WireCount(msgspec.Struct):
    doc_id: str | None
    doc_name: str | None = None
    count: int | None = 0


class _WireRetrieval(msgspec.Struct):
    total: int | None
    chunks: msgspec.Raw
    # An empty object instead of an empty list if the question is blank.
    doc_aggs: list[_WireCount | None] | dict[str, Any] | None = None


_retrieval = msgspec.json.Decoder(_WireRetrieval)


_UNKNOWN_MODEL = re.compile(r"LookupError\(.{1,300} (?:not authorized|not found for model)", re.DOTALL)


def is_unknown_rerank(error: RAGFlowError) -> bool:
    """Whether the error of a search means that there is no such rerank model (0.24: "not authorized")."""
    return _UNKNOWN_MODEL.match(error.message) is not None


class Retrievals:
    """Search in datasets."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def search(
        self,
        question: str,
        dataset_ids: Sequence[str],
        document_ids: Sequence[str] = (),
        page: int = 1,
        page_size: int = 30,
        **parameters: Any,
    ) -> Retrieval:
        """The best chunks for a question. Parameters that are None are left to the server.

        ``vector_similarity_weight`` is the weight of the vectors (not inverted here). Raises NotFound for a dataset or
        document that is not ours, Rejected for datasets with different embedding models.
        """
        if unknown := parameters.keys() - PARAMETERS:
            raise UnsafeCall(f"not parameters of a retrieval: {', '.join(sorted(unknown))}")
        if isinstance(dataset_ids, str) or not dataset_ids:
            raise UnsafeCall("a retrieval needs a sequence of at least one dataset id")
        body: dict[str, Any] = {
            "question": question,
            "dataset_ids": [guards.lookup_id(dataset_id, "dataset") for dataset_id in dataset_ids],
            **page_query(page, page_size),
            **{key: value for key, value in parameters.items() if value is not None},
        }
        if document_ids:
            body["document_ids"] = [guards.lookup_id(document_id, "document") for document_id in document_ids]
        if not (body.get("metadata_condition") or {}).get("conditions"):
            body.pop("metadata_condition", None)  # with an empty list of conditions, RAGFlow finds nothing
        try:
            found = self._transport.query("/api/v1/retrieval", body).decode(_retrieval)
        except RAGFlowError as error:
            if error.message.lower().startswith("no chunk found"):
                return Retrieval(total=0, hits=(), document_counts=())
            raise
        counts = found.doc_aggs if isinstance(found.doc_aggs, list) else []
        return Retrieval(
            total=found.total or 0,
            hits=sources_in(found.chunks),
            document_counts=tuple(
                DocumentCount(count.doc_id, count.doc_name or "", count.count or 0)
                for count in counts
                if count and count.doc_id
            ),
        )
