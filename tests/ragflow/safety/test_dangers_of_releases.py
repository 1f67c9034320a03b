"""The dangers of 0.25 to 0.27 (ragflow-0.27 §0, §7). Each test fails when its guard is removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dashboard.ragflow import Limits, RAGFlow, Timeouts
from dashboard.ragflow.errors import Rejected, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.resources.metadata import Drop
from dashboard.ragflow.types import RunStatus
from tests.ragflow.safety.conftest import ANY, OK
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply

DATASET = f"/api/v1/datasets/{things.DATASET_ID}"
DOCUMENT = f"{DATASET}/documents/{things.DOCUMENT_ID}"
IDS = [things.DOCUMENT_ID]
RELEASES = ["v0.24.0", "v0.25.4", "v0.26.4", "v0.27.0"]
NEW = RELEASES[1:]


@pytest.fixture
def transport(fake: FakeServer) -> Transport:
    """What the resources send with; whatever reaches the server succeeds, so that only a guard can stop it."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        fake.on(method, ANY, OK)
    return Transport(fake.base_url, KEY, verify=True, timeouts=Timeouts(), limits=Limits())


def numbered(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (DATASET, {"ids": IDS}),
        (f"{DATASET}/", {"ids": IDS}),
        (f"{DATASET}//chunks", {"chunk_ids": ["5"]}),
        (f"{DATASET}/index", {}),
        (f"{DATASET}/skills", {}),
        (f"{DATASET}/artifacts", {}),
        (DOCUMENT, {}),
        (f"{DATASET}/documents/", {"ids": IDS}),
        (f"{DATASET}/documents//chunks", {"chunk_ids": ["5"]}),
        (f"{DOCUMENT}/chunks/51eb7149eafe0c5e", {}),
        ("/api/v1/datasets//documents", {"ids": IDS}),
        ("/api/v1/chats//sessions", {"ids": IDS}),
        ("/api/v1", {}),
    ],
)
def test_a_delete_at_a_path_that_lost_a_segment_is_not_sent(
    path: str, body: Mapping[str, Any], transport: Transport, fake: FakeServer
) -> None:
    with pytest.raises(UnsafeCall, match="nothing is ever deleted"):
        transport.write("DELETE", path, body)
    assert fake.received == []


@pytest.mark.parametrize("path", ["/api/v1/datasets", f"{DATASET}/documents", "/api/v1/chats"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": None},
        {"ids": [""]},
        {"ids": things.DOCUMENT_ID},
        {"delete_all": True},
        {"ids": IDS, "delete_all": True},
        {"chat_id": things.ASSISTANT_ID},
        {"ids": IDS, "chat_id": things.ASSISTANT_ID},
    ],
)
def test_a_delete_that_names_nothing_or_everything_is_not_sent(
    path: str, body: Mapping[str, Any], transport: Transport, fake: FakeServer
) -> None:
    with pytest.raises(UnsafeCall):
        transport.write("DELETE", path, body)
    assert fake.received == []


def test_the_deletes_that_there_are_are_sent(transport: Transport, fake: FakeServer) -> None:
    for path, body in (
        ("/api/v1/datasets", {"ids": IDS}),
        (f"{DATASET}/documents", {"ids": IDS}),
        (f"{DATASET}/chunks", {"document_ids": IDS}),
        (f"{DOCUMENT}/chunks", {"chunk_ids": ["5"]}),
    ):
        transport.write("DELETE", path, body)
    assert len(fake.writes) == 4


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("pipeline", ["", None, "d0bebe30ae2211f0970942010a8e0005"])
def test_no_change_of_a_document_names_a_pipeline_because_that_deletes_its_chunks(
    method: str, pipeline: str | None, transport: Transport, fake: FakeServer
) -> None:
    with pytest.raises(UnsafeCall, match="would delete the chunks"):
        transport.write(method, DOCUMENT, {"name": "b.txt", "pipeline_id": pipeline})
    assert fake.received == []


@pytest.mark.parametrize("release", RELEASES)
def test_settings_of_a_document_are_sent_without_what_belongs_to_pipelines(
    release: str, fake: FakeServer, client: RAGFlow
) -> None:
    fake.release = release
    row = things.document_row(pipeline_id="d0bebe30ae2211f0970942010a8e0005")
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    for method in ("PUT", "PATCH"):
        fake.on(method, ANY, Reply({"code": 0, "data": row}))
    document = things.document(pipeline_id=row["pipeline_id"])
    config = {"chunk_token_num": 64, "pipeline_id": "", "llm_id": "x@y"}
    client.documents.update(document, chunk_method="qa", parser_config=config)
    (sent,) = fake.writes
    assert sent.method == ("PUT" if release == "v0.24.0" else "PATCH")
    assert sent.json == {
        "chunk_method": "qa", "parser_config": {"chunk_token_num": 64, "raptor": {"use_raptor": False}}
    }  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_only_the_settings_that_differ_are_sent(release: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = release
    stored = {"chunk_token_num": 512, "delimiter": "\n", "image_context_size": 0, "llm_id": "x@y", "ext": {}}
    row = things.document_row(parser_config=stored)
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    for method in ("PUT", "PATCH"):
        fake.on(method, ANY, Reply({"code": 0, "data": row}))
    client.documents.update(things.document(), parser_config=stored)
    assert fake.writes == []
    client.documents.update(things.document(), parser_config=stored | {"delimiter": "#"})
    assert [request.json for request in fake.writes] == [{"parser_config": {"delimiter": "#"}}]


@pytest.mark.parametrize("release", RELEASES)
def test_a_document_that_is_being_parsed_is_not_parsed_again(release: str, fake: FakeServer, client: RAGFlow) -> None:
    """RAGFlow starts over at ``/documents/parse``; at the old path it refuses, also for what we did not know."""
    fake.release = release
    fake.on("POST", ANY, OK)
    with pytest.raises(Rejected, match="being processed"):
        client.documents.parse(things.document(run=RunStatus.RUNNING))
    assert fake.received == []
    client.documents.parse(things.document())
    assert fake.asked == [("POST", f"{DATASET}/chunks")]


@pytest.mark.parametrize("release", NEW)
def test_a_document_with_a_pipeline_is_looked_up_before_it_is_parsed(
    release: str, fake: FakeServer, client: RAGFlow
) -> None:
    fake.release = release
    row = things.document_row(run="RUNNING")
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("POST", ANY, OK)
    with pytest.raises(Rejected, match="being processed"):
        client.documents.parse(things.document(pipeline_id="d0bebe30ae2211f0970942010a8e0005"))
    assert fake.writes == []


def test_where_the_dataset_has_a_pipeline_it_is_used(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [things.document_row()], "total": 1}}))
    fake.on("POST", f"{DATASET}/chunks", Reply({"code": 101, "message": "Use `/documents/ingest`"}))
    fake.on("POST", "/api/v1/documents/ingest", Reply({"code": 0, "data": True}))
    client.documents.parse(things.document())
    assert fake.writes[-1].json == {"doc_ids": IDS, "run": "1", "delete": True}


@pytest.mark.parametrize("release", RELEASES)
def test_the_embedding_model_of_a_dataset_with_chunks_is_not_changed(
    release: str, fake: FakeServer, client: RAGFlow
) -> None:
    fake.release = release
    fake.on("PUT", ANY, OK)
    with pytest.raises(Rejected, match="has chunks"):
        client.datasets.update(things.dataset(chunk_count=1), embedding_model="other@fake@OpenAI-API-Compatible")
    assert fake.writes == []


@pytest.mark.parametrize("release", NEW)
def test_metadata_that_an_update_would_replace_is_sent_with_it(release: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = release
    row = things.document_row(meta_fields={"author": "Ann", "year": 2026})
    fake.on("GET", ANY, Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PATCH", ANY, Reply({"code": 0, "data": row}))
    changed = client.documents.update(things.document(), meta_fields={"year": 2027})
    assert [request.json for request in fake.writes] == [{"meta_fields": {"author": "Ann", "year": 2027}}]
    assert changed.meta_fields == {"author": "Ann", "year": 2027}


@pytest.mark.parametrize("release", NEW)
def test_enabled_is_sent_as_an_integer(release: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = release
    fake.on("PATCH", ANY, Reply({"code": 0, "data": things.document_row(status="0")}))
    client.documents.update(things.document(), enabled=False)
    client.documents.switch(things.document(), enabled=True)
    assert [request.body for request in fake.writes] == [b'{"enabled":0}', b'{"enabled":1}']


def test_lists_of_ids_are_sent_by_the_hundred(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    fake.on("DELETE", ANY, OK)
    fake.on("PATCH", ANY, Reply({"code": 0, "data": {"matched_docs": 10, "updated": 5}}))
    ids = numbered(250)
    documents = [things.document(id=one) for one in ids]
    assert client.documents.delete(documents).deleted == tuple(documents)
    assert client.datasets.delete([things.dataset(id=one) for one in ids]).failed == ()
    assert client.chunks.delete(things.document(), [things.chunk(id=one) for one in ids]).failed == ()
    outcome = client.metadata.update(documents, deletes=[Drop("author")])
    assert (outcome.matched, outcome.updated) == (30, 15)
    for start, key in ((0, "ids"), (3, "ids"), (6, "chunk_ids")):
        sent = [request.json[key] for request in fake.writes[start : start + 3]]
        assert [len(part) for part in sent] == [100, 100, 50]
        assert [one for part in sent for one in part] == ids
    assert [len(one.json["selector"]["document_ids"]) for one in fake.writes[9:]] == [100, 100, 50]


@pytest.mark.parametrize("size", [101, 500, 1000])
def test_a_page_that_0_27_refuses_is_never_asked_for(size: int, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    assert client.documents.rows_at_once(size) == client.chunks.rows_at_once(size) == 100
    for call in (
        lambda: client.datasets.list(page_size=size),
        lambda: client.documents.list(things.DATASET_ID, page_size=size),
        lambda: client.documents.metadata(things.DATASET_ID, 1, size),
        lambda: client.chunks.list(things.document(), page_size=size),
        lambda: client.retrieval.search("q", [things.DATASET_ID], page_size=size),
    ):
        with pytest.raises(UnsafeCall):
            call()
    assert fake.received == []


@pytest.mark.parametrize("action", ["parse", "stop"])
def test_a_refusal_inside_of_a_success_is_one(action: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    reason = "Can't stop parsing document that has not started or already completed"
    for method in ("POST", "DELETE"):
        fake.on(method, ANY, Reply({"code": 0, "data": {"errors": [reason], "success_count": 0}}))
    with pytest.raises(Rejected, match="has not started"):
        getattr(client.documents, action)(things.document())


@pytest.mark.parametrize("release", NEW)
def test_what_a_partly_failed_delete_left_is_found_out(release: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = release
    there, gone = things.document(), replace(things.document(), id=things.OTHER_ID)
    rows = {there.id: [things.document_row()], gone.id: []}

    def listed(request: Any) -> Reply:
        docs = rows[request.query["id"][0]] if "id" in request.query else []
        return Reply({"code": 0, "data": {"docs": docs, "total": len(docs)}})

    fake.on("GET", ANY, listed)
    fake.on("DELETE", ANY, Reply({"code": 102, "message": "These documents do not belong to dataset or not found"}))
    outcome = client.documents.delete([there, gone])
    assert (outcome.deleted, outcome.failed) == ((gone,), (there,))
