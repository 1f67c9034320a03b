"""Recorded answers to retrievals."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    Call,
    D,
)
from tests.support.ragflow.fake_upstream import FakeServer

RETRIEVALS: dict[str, Call] = {
    "0305": lambda c: c.retrieval.search("What does the dashboard list?", [D]),
    "0306": lambda c: c.retrieval.search("dashboard", [D], page=1, page_size=2),
    "0307": lambda c: c.retrieval.search("dashboard", [D], page=2, page_size=2),
    "0308": lambda c: c.retrieval.search(**capture("0308").sent),
    "0309": lambda c: c.retrieval.search(**capture("0309").sent),
    "0310": lambda c: c.retrieval.search(**capture("0310").sent),
    "0311": lambda c: c.retrieval.search("dashboard", [D], top_k=0),
    "0312": lambda c: c.retrieval.search(**capture("0312").sent),
    "0313": lambda c: c.retrieval.search(**capture("0313").sent),
    "0316": lambda c: c.retrieval.search(**capture("0316").sent),
    "0319": lambda c: c.retrieval.search("", [D]),
    "0323": lambda c: c.retrieval.search("qwertyuiop zxcvbnm", [D]),
    "0324": lambda c: c.retrieval.search(**capture("0324").sent),
    "0325": lambda c: c.retrieval.search(**capture("0325").sent),
    "0326": lambda c: c.retrieval.search(**capture("0326").sent),
    "0329": lambda c: c.retrieval.search(**capture("0329").sent),
}


@pytest.mark.parametrize("number", RETRIEVALS)
def test_a_recorded_retrieval_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    found = RETRIEVALS[number](client)
    assert found.total == recorded.data["total"]
    for hit, row in zip(found.hits, recorded.data["chunks"], strict=True):
        assert (hit.id, hit.content, hit.document_id) == (row["id"], row["content"], row["document_id"])
        assert (hit.document_name, hit.dataset_id) == (row["document_keyword"], row["dataset_id"])
        assert hit.similarity == row["similarity"]
        assert hit.vector_similarity == row["vector_similarity"]
        assert hit.term_similarity == row["term_similarity"]
        assert [list(position) for position in hit.positions] == row["positions"]
    counts = recorded.data["doc_aggs"] or []
    assert [(one.document_id, one.name, one.count) for one in found.document_counts] == [
        (row["doc_id"], row["doc_name"], row["count"]) for row in counts
    ]
    assert fake.received[0].json.items() >= recorded.sent.items()
