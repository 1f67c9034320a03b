"""Recorded answers about chunks."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    CHUNK,
    DOC,
    D,
    check_document,
)
from tests.support.ragflow.fake_upstream import FakeServer

CHUNK_LISTS: dict[str, dict[str, Any]] = {
    "0236": {},
    "0237": {"page": 1, "page_size": 2},
    "0240": {"page": 50},
    "0243": {"page_size": 200},
    "0244": {"keywords": "dashboard"},
    "0245": {"keywords": "zebra"},
    "0259": {},
    "0260": {},
    "0276": {},
    "0281": {},
    "0283": {},
    "0285": {},
    "0288": {},
}


@pytest.mark.parametrize("number", CHUNK_LISTS)
def test_a_recorded_list_of_chunks_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.chunks.list(things.document(id=recorded.path.split("/")[6]), **CHUNK_LISTS[number])
    assert page.total == recorded.data["total"]
    check_document(page.document, recorded.data["doc"])
    for chunk, row in zip(page.items, recorded.data["chunks"], strict=True):
        assert chunk.id == row["id"]
        assert chunk.content == row["content"]
        assert chunk.document_id == row["document_id"]
        assert chunk.dataset_id == row["dataset_id"]
        assert chunk.document_name == row["docnm_kwd"]
        assert list(chunk.important_keywords) == row["important_keywords"]
        assert list(chunk.questions) == row["questions"]
        assert chunk.available == row["available"]
        assert [list(position) for position in chunk.positions] == row["positions"]
        assert chunk.image_id == row["image_id"]
    for key, value in (recorded.query or {}).items():
        assert fake.received[0].query[key] == [str(value)]


def test_chunks_found_by_a_keyword_are_marked(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0244").path, capture("0244").reply)
    assert "<em>dashboard</em>" in client.chunks.list(things.document(), keywords="dashboard").items[0].content


@pytest.mark.parametrize(
    ("number", "content", "available", "keywords", "questions"),
    [
        ("0261", "Zebra manual chunk: the admin dashboard has a status page.", True, ("zebra", "status"), 1),
        ("0264", "Zebra manual chunk UPDATED.", False, ("zebra2",), 1),
        ("0266", "Zebra manual chunk UPDATED.", True, ("zebra2",), 1),
    ],
)
def test_a_recorded_chunk_is_read(
    number: str,
    content: str,
    available: bool,
    keywords: tuple[str, ...],
    questions: int,
    fake: FakeServer,
    client: RAGFlow,
) -> None:
    fake.on("GET", capture(number).path, capture(number).reply)
    chunk = client.chunks.get(D, DOC, CHUNK)
    assert (chunk.content, chunk.available, chunk.important_keywords) == (content, available, keywords)
    assert len(chunk.questions) == questions


@pytest.mark.parametrize("number", ["0248", "0249", "0250"])
def test_a_recorded_new_chunk_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    chunk = client.chunks.add(things.document(), **recorded.sent)
    row = recorded.data["chunk"]
    assert (chunk.id, chunk.content, chunk.document_name) == (row["id"], row["content"], "alpha.txt")
    assert list(chunk.important_keywords) == row["important_keywords"]
    assert list(chunk.questions) == row["questions"]


@pytest.mark.parametrize("number", ["0263", "0265"])
def test_a_recorded_update_of_a_chunk_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", ".*", capture("0261" if number == "0263" else "0264").reply)
    fake.on("PUT", recorded.path, recorded.reply)
    changed = client.chunks.update(things.chunk(), **recorded.sent)
    assert changed.available is recorded.sent["available"]
    assert fake.writes[0].json.items() >= recorded.sent.items()
