"""Recorded answers about metadata, and what must not be sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound, Rejected, ServerError, UnsafeCall
from dashboard.ragflow.http.envelope import read
from dashboard.ragflow.resources.metadata import Condition, Drop, MetadataKey, MetadataOutcome, Put
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.fake_upstream import FakeServer, Reply

SUMMARY = f"/api/v1/datasets/{things.DATASET_ID}/metadata/summary"
UPDATE = f"/api/v1/datasets/{things.DATASET_ID}/metadata/update"


@pytest.mark.parametrize("number", ["0290", "0291", "0294", "0303"])
def test_a_recorded_summary_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", SUMMARY, capture(number).reply)
    assert client.metadata.summary(things.DATASET_ID) == ()


def test_a_summary_lists_keys_by_name_and_values_by_count(fake: FakeServer, client: RAGFlow) -> None:
    found = {
        "rank": {"type": "number", "values": [[7, 3], [8, 1]]},
        "author": {"type": "string", "values": [["Ann", 2]]},
    }
    fake.on("GET", SUMMARY, Reply({"code": 0, "data": {"summary": found}}))
    assert client.metadata.summary(things.DATASET_ID) == (
        MetadataKey("author", "string", (("Ann", 2),)),
        MetadataKey("rank", "number", (("7", 3), ("8", 1))),
    )


def test_the_names_of_the_keys_come_without_their_values(fake: FakeServer, client: RAGFlow) -> None:
    found = {
        "rank": {"type": "number", "values": [[7, 3]]},
        "author": {"type": "string", "values": []},
    }
    fake.on("GET", SUMMARY, Reply({"code": 0, "data": {"summary": found}}))
    assert client.metadata.names(things.DATASET_ID) == ("author", "rank")


def test_the_summary_of_a_foreign_dataset_is_not_found(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", capture("0292").reply)
    with pytest.raises(NotFound):
        client.metadata.summary(things.NOBODYS_ID)


def test_a_recorded_change_is_sent_and_read(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    recorded = capture("0293")
    fake.on("POST", recorded.path, recorded.reply)
    outcome = client.metadata.update(
        [things.document(), things.document(id=things.OTHER_ID)],
        [Put("author", "you"), Put("status", "final"), Put("tags", "z", match="x")],
        [Drop("year")],
    )
    assert outcome == MetadataOutcome(matched=2, updated=2)
    assert fake.received[0].json == recorded.sent
    [record] = records
    assert record.action == "document.metadata"
    assert record.target_ids == (things.DOCUMENT_ID, things.OTHER_ID)
    assert record.detail["keys"] == ["author", "status", "tags", "year"]
    assert "final" not in repr(record), "the audit trail does not keep content"


def test_one_value_can_be_deleted(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0302")
    fake.on("POST", recorded.path, recorded.reply)
    outcome = client.metadata.update([things.document()], deletes=[Drop("tags", "z")])
    assert outcome == MetadataOutcome(matched=1, updated=0)
    assert fake.received[0].json == {**recorded.sent, "updates": []}


def test_documents_that_are_not_in_the_dataset_are_refused_by_the_server(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0301")
    fake.on("POST", recorded.path, recorded.reply)
    with pytest.raises(Rejected, match="do not belong to dataset"):
        client.metadata.update([things.document(id=things.NOBODYS_ID)], [Put("a", "b")])


@pytest.mark.parametrize(
    ("number", "kind"),
    [("0296", ServerError), ("0297", Rejected), ("0298", Rejected), ("0299", ServerError), ("0300", ServerError)],
)
def test_what_the_client_never_sends_is_refused_by_the_server(number: str, kind: type[Exception]) -> None:
    recorded = capture(number)
    assert "document_ids" not in recorded.sent.get("selector", {})
    with pytest.raises(kind):
        read(recorded.status, recorded.content_type, recorded.raw)


@pytest.mark.parametrize("number", ["0140", "0304"])
def test_documents_are_listed_by_a_condition(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    wanted = json.loads(recorded.query["metadata_condition"])
    [part] = wanted["conditions"]
    condition = Condition(part["name"], part["comparison_operator"], part["value"])
    assert client.documents.list(things.DATASET_ID, condition=condition).total == 0
    assert json.loads(fake.received[0].query["metadata_condition"][0]) == wanted


def test_the_metadata_of_a_document_is_looked_up(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0295")
    fake.on("GET", recorded.path, recorded.reply)
    assert client.documents.get(things.DATASET_ID, things.DOCUMENT_ID).meta_fields == {}


UNSAFE: dict[str, Callable[[RAGFlow], Any]] = {
    "no documents": lambda c: c.metadata.update([], [Put("a", "b")]),
    "null": lambda c: c.metadata.update(None, [Put("a", "b")]),  # type: ignore[arg-type]
    "bare ids": lambda c: c.metadata.update([things.DOCUMENT_ID], [Put("a", "b")]),  # type: ignore[list-item]
    "a document without id": lambda c: c.metadata.update([things.document(id="")], [Put("a", "b")]),
    "documents of two datasets": lambda c: c.metadata.update(
        [things.document(), things.document(id=things.OTHER_ID, dataset_id=things.NOBODYS_ID)], [Put("a", "b")]
    ),
    "no change": lambda c: c.metadata.update([things.document()]),
    "an empty key": lambda c: c.metadata.update([things.document()], [Put("", "b")]),
    "an empty match": lambda c: c.metadata.update([things.document()], [Put("a", "b", match="")]),
    "an empty value to delete": lambda c: c.metadata.update([things.document()], deletes=[Drop("a", "")]),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_a_change_that_names_nothing_is_not_sent(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": {"matched_docs": 1, "updated": 1}}))
    with pytest.raises(UnsafeCall):
        UNSAFE[name](client)
    assert fake.received == []
    assert records == []
