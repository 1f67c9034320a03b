"""Changes of documents and chunks send what changed, and what RAGFlow would lose otherwise."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound
from tests.ragflow.safety.conftest import ANY, OK
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply


def test_a_document_update_sends_only_what_changed(fake: FakeServer, client: RAGFlow) -> None:
    row = things.document_row(meta_fields={"author": "me"})
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PUT", ANY, Reply({"code": 0, "data": things.document_row(name="beta.txt")}))
    stored = things.document(meta_fields={"author": "me"})
    changed = client.documents.update(
        stored, name="beta.txt", enabled=True, chunk_method="naive", meta_fields={"author": "me"}
    )
    assert [request.json for request in fake.writes] == [{"name": "beta.txt"}]
    assert changed.meta_fields == {"author": "me"}


def test_an_unchanged_document_is_not_sent(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    same = things.document(meta_fields={"author": "me"})
    assert client.documents.update(same, name=same.name, enabled=True, meta_fields={"author": "me"}) is same
    assert fake.received == []
    assert records == []


def test_an_unchanged_chunk_method_is_never_sent(fake: FakeServer, client: RAGFlow) -> None:
    """The page may be old: what counts is the method the document has on the server."""
    row = things.document_row(chunk_method="manual")
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PUT", ANY, Reply({"code": 0, "data": row}))
    client.documents.update(things.document(chunk_method="naive"), chunk_method="manual")
    assert fake.writes == []
    client.documents.update(things.document(chunk_method="naive"), chunk_method="qa")
    assert [request.json for request in fake.writes] == [{"chunk_method": "qa"}]


def test_enabled_is_sent_as_a_number(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("PUT", ANY, Reply({"code": 0, "data": things.document_row(status="0")}))
    changed = client.documents.update(things.document(enabled=True), enabled=False)
    assert fake.writes[0].body == b'{"enabled":0}'
    assert changed.enabled is False


def test_a_document_keeps_its_raptor_block_when_its_configuration_changes(fake: FakeServer, client: RAGFlow) -> None:
    row = things.document_row(parser_config={"chunk_token_num": 512, "raptor": {"use_raptor": True}, "llm_id": "x"})
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PUT", ANY, Reply({"code": 0, "data": row}))
    client.documents.update(things.document(), parser_config={"chunk_token_num": 128, "llm_id": "x"})
    assert fake.writes[0].json == {"parser_config": {"chunk_token_num": 128, "raptor": {"use_raptor": True}}}


def test_a_chunk_update_sends_content_keywords_and_questions_together(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ANY, Reply(things.chunk_list(things.chunk())))
    fake.on("PUT", ANY, OK)
    found_in_a_search = things.chunk(content="<em>Zebras</em> have stripes.")
    changed = client.chunks.update(found_in_a_search, available=False)
    assert fake.writes[0].json == {
        "content": "Zebras have stripes.",
        "important_keywords": ["zebra"],
        "questions": ["What do zebras have?"],
        "available": False,
    }
    assert changed.available is False
    assert changed.content == "Zebras have stripes."


def test_an_unchanged_chunk_is_not_sent(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ANY, Reply(things.chunk_list(things.chunk())))
    client.chunks.update(things.chunk(), content="Zebras have stripes.", available=True)
    assert fake.writes == []


def test_a_chunk_of_another_document_is_not_found(fake: FakeServer, client: RAGFlow) -> None:
    """The server looks in the whole dataset and would hand it out."""
    fake.on("GET", ANY, Reply(things.chunk_list(things.chunk(document_id=things.OTHER_ID))))
    with pytest.raises(NotFound):
        client.chunks.get(things.DATASET_ID, things.DOCUMENT_ID, things.CHUNK_ID)
