"""What must never be sent is not sent. Each test fails when its guard is removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from tests.ragflow.safety.conftest import ANY, OK
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply

Call = Callable[[RAGFlow], Any]


def refuse_everything(fake: FakeServer) -> None:
    """Whatever reaches the server would succeed, so that only a guard can stop it."""
    for method in ("GET", "POST", "PUT", "DELETE"):
        fake.on(method, ANY, OK)


EMPTY_DELETES: dict[str, Call] = {
    "datasets, none": lambda c: c.datasets.delete([]),
    "datasets, null": lambda c: c.datasets.delete(None),  # type: ignore[arg-type]
    "datasets, bare ids": lambda c: c.datasets.delete([things.DATASET_ID]),  # type: ignore[list-item]
    "datasets, a text": lambda c: c.datasets.delete(things.DATASET_ID),  # type: ignore[arg-type]
    "datasets, empty id": lambda c: c.datasets.delete([things.dataset(id="")]),
    "datasets, no id": lambda c: c.datasets.delete([things.dataset(id=None)]),
    "documents, none": lambda c: c.documents.delete([]),
    "documents, null": lambda c: c.documents.delete(None),  # type: ignore[arg-type]
    "documents, bare ids": lambda c: c.documents.delete([things.DOCUMENT_ID]),  # type: ignore[list-item]
    "documents, empty id": lambda c: c.documents.delete([things.document(id="")]),
    "documents, one of two without id": lambda c: c.documents.delete([things.document(), things.document(id=None)]),
    "documents, empty dataset id": lambda c: c.documents.delete([things.document(dataset_id="")]),
    "documents of two datasets": lambda c: c.documents.delete(
        [things.document(), things.document(id=things.OTHER_ID, dataset_id=things.NOBODYS_ID)]
    ),
    "chunks, none": lambda c: c.chunks.delete(things.document(), []),
    "chunks, null": lambda c: c.chunks.delete(things.document(), None),  # type: ignore[arg-type]
    "chunks, empty id": lambda c: c.chunks.delete(things.document(), [things.chunk(id="")]),
    "chunks of another document": lambda c: c.chunks.delete(
        things.document(), [things.chunk(document_id=things.OTHER_ID)]
    ),
    "chats, none": lambda c: c.chats.delete([]),
    "chats, null": lambda c: c.chats.delete(None),  # type: ignore[arg-type]
    "chats, empty id": lambda c: c.chats.delete([things.assistant(id="")]),
    "sessions, none": lambda c: c.sessions.delete([]),
    "sessions, null": lambda c: c.sessions.delete(None),  # type: ignore[arg-type]
    "sessions, empty id": lambda c: c.sessions.delete([things.session(id="")]),
    "sessions, empty assistant id": lambda c: c.sessions.delete([things.session(assistant_id="")]),
    "sessions of two assistants": lambda c: c.sessions.delete(
        [things.session(), things.session(id=things.OTHER_ID, assistant_id=things.NOBODYS_ID)]
    ),
}


@pytest.mark.parametrize("name", EMPTY_DELETES)
def test_a_delete_without_explicit_ids_is_refused(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    refuse_everything(fake)
    with pytest.raises(UnsafeCall):
        EMPTY_DELETES[name](client)
    assert fake.received == []
    assert records == []


OTHER_WRITES: dict[str, Call] = {
    "update a dataset without id": lambda c: c.datasets.update(things.dataset(id=""), name="x"),
    "upload to a dataset id": lambda c: c.documents.upload(things.DATASET_ID, "a.txt", None, 0),  # type: ignore[arg-type]
    "upload to a dataset without id": lambda c: c.documents.upload(things.dataset(id=""), "a.txt", None, 0),  # type: ignore[arg-type]
    "parse a document id": lambda c: c.documents.parse(things.DOCUMENT_ID),  # type: ignore[arg-type]
    "parse a document without id": lambda c: c.documents.parse(things.document(id="")),
    "parse several documents": lambda c: c.documents.parse([things.document()]),  # type: ignore[arg-type]
    "stop a document without id": lambda c: c.documents.stop(things.document(id="")),
    "update a document without id": lambda c: c.documents.update(things.document(id=""), name="x.txt"),
    "download a document without id": lambda c: c.documents.download(things.document(id="")),
    "update a chunk without id": lambda c: c.chunks.update(things.chunk(id=""), content="x"),
    "keywords that are one text": lambda c: c.chunks.add(things.document(), "x", important_keywords="abc"),
    "update an assistant without id": lambda c: c.chats.update(things.assistant(id=""), name="x"),
    "link a dataset that has no id": lambda c: c.chats.create(name="x", dataset_ids=[""]),
    "link datasets given as one text": lambda c: c.chats.create(name="x", dataset_ids=things.DATASET_ID),
    "open a session without assistant": lambda c: c.sessions.create(things.assistant(id=""), "x"),
    "rename a session without id": lambda c: c.sessions.rename(things.session(id=""), "x"),
    "ask without session": lambda c: c.sessions.ask(None, "why?"),  # type: ignore[arg-type]
    "ask in a session without id": lambda c: c.sessions.ask(things.session(id=""), "why?"),
    "ask in a session whose id is null": lambda c: c.sessions.ask(things.session(id=None), "why?"),
    "ask with another session id": lambda c: c.sessions.ask(things.session(), "why?", session_id=things.OTHER_ID),
    "ask with a chat id": lambda c: c.sessions.ask(things.session(), "why?", chat_id=things.OTHER_ID),
    "ask with messages": lambda c: c.sessions.ask(things.session(), "why?", messages=[]),
    "ask in datasets of anybody": lambda c: c.sessions.ask(things.session(), "why?", kb_ids=[things.OTHER_ID]),
    "search nowhere": lambda c: c.retrieval.search("x", []),
    "search with an unknown parameter": lambda c: c.retrieval.search("x", [things.DATASET_ID], top_n=3),
    "page 0": lambda c: c.documents.list(things.DATASET_ID, page=0),
    "page size 0": lambda c: c.datasets.list(page_size=0),
}


@pytest.mark.parametrize("name", OTHER_WRITES)
def test_a_call_that_names_nothing_is_refused(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    refuse_everything(fake)
    with pytest.raises(UnsafeCall):
        OTHER_WRITES[name](client)
    assert fake.received == []
    assert records == []


READS: dict[str, Call] = {
    "dataset": lambda c: c.datasets.get("nope"),
    "a path in place of a dataset": lambda c: c.datasets.get("../chats"),
    "documents": lambda c: c.documents.list("nope"),
    "document": lambda c: c.documents.get(things.DATASET_ID, "nope"),
    "chunk": lambda c: c.chunks.get(things.DATASET_ID, things.DOCUMENT_ID, "a/b"),
    "assistant": lambda c: c.chats.get("nope"),
    "sessions": lambda c: c.sessions.list("nope"),
    "session": lambda c: c.sessions.get(things.ASSISTANT_ID, "nope"),
    "retrieval": lambda c: c.retrieval.search("x", ["nope"]),
}


@pytest.mark.parametrize("name", READS)
def test_an_id_typed_wrongly_is_not_found_without_asking(name: str, fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    with pytest.raises(NotFound):
        READS[name](client)
    assert fake.received == []


@pytest.mark.parametrize("nothing", ["", None, 7])
def test_an_empty_id_is_never_looked_up(nothing: Any, fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    with pytest.raises(UnsafeCall):
        client.datasets.get(nothing)
    with pytest.raises(UnsafeCall):
        client.chats.get(nothing)
    assert fake.received == []


def test_deletes_send_the_ids_and_nothing_else(fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    client.datasets.delete([things.dataset(), things.dataset()])
    client.documents.delete([things.document(), things.document(id=things.OTHER_ID)])
    client.chunks.delete(things.document(), [things.chunk()])
    client.chats.delete([things.assistant()])
    client.sessions.delete([things.session()])
    assert [request.json for request in fake.writes] == [
        {"ids": [things.DATASET_ID]},
        {"ids": [things.DOCUMENT_ID, things.OTHER_ID]},
        {"chunk_ids": [things.CHUNK_ID]},
        {"ids": [things.ASSISTANT_ID]},
        {"ids": [things.SESSION_ID]},
    ]


def test_the_embedding_model_stays_once_there_are_chunks(fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    with pytest.raises(Rejected, match="The embedding model"):
        client.datasets.update(things.dataset(chunk_count=3), embedding_model="other@Provider")
    assert fake.received == []


def test_parse_and_stop_name_one_document(fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    client.documents.parse(things.document())
    client.documents.stop(things.document())
    path = f"/api/v1/datasets/{things.DATASET_ID}/chunks"
    assert [(request.method, request.path, request.json) for request in fake.writes] == [
        ("POST", path, {"document_ids": [things.DOCUMENT_ID]}),
        ("DELETE", path, {"document_ids": [things.DOCUMENT_ID]}),
    ]


def test_an_empty_question_is_not_asked(fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    with pytest.raises(Rejected, match="question is empty"):
        client.sessions.ask(things.session(), " \n")
    assert fake.received == []


def test_an_empty_list_of_conditions_is_left_out(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ANY, Reply({"code": 0, "data": {"total": 0, "chunks": [], "doc_aggs": {}}}))
    client.retrieval.search("x", [things.DATASET_ID], metadata_condition={"logic": "and", "conditions": []}, top_k=None)
    assert fake.writes[0].json == {"question": "x", "dataset_ids": [things.DATASET_ID], "page": 1, "page_size": 30}
