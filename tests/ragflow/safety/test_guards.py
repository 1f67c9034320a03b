"""What must never be sent is not sent. Each test fails when its guard is removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from dashboard.ragflow.safety import guards
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply

OK = Reply({"code": 0})
ANY = ".*"
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


def test_renaming_an_assistant_sends_its_datasets_as_they_are_now(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/chats", Reply({"code": 0, "data": [things.assistant_row()]}))
    fake.on("PUT", f"/api/v1/chats/{things.ASSISTANT_ID}", OK)
    stale = things.assistant(dataset_ids=(), datasets=())
    renamed = client.chats.update(stale, name="Better helper")
    assert fake.writes[0].json == {"name": "Better helper", "dataset_ids": [things.DATASET_ID, things.OTHER_ID]}
    assert renamed.name == "Better helper"
    assert renamed.datasets == ((things.DATASET_ID, "Handbook"), (things.OTHER_ID, "Minutes"))


def test_an_assistant_that_cannot_be_read_again_is_not_changed(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/chats", Reply({"code": 102, "message": "The chat doesn't exist"}))
    fake.on("PUT", ANY, OK)
    with pytest.raises(NotFound):
        client.chats.update(things.assistant(), name="x")
    assert fake.writes == []


def test_every_change_of_an_assistant_carries_its_datasets(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/chats", Reply({"code": 0, "data": [things.assistant_row()]}))
    fake.on("PUT", ANY, OK)
    both = [things.DATASET_ID, things.OTHER_ID]
    client.chats.update(things.assistant(), description="d", avatar="a")
    client.chats.update(things.assistant(), llm={"temperature": 0.9, "model_name": "m@p"})
    client.chats.update(things.assistant(), prompt={"top_n": 8})
    client.chats.update(things.assistant(), dataset_ids=[things.OTHER_ID])
    client.chats.update(things.assistant(), dataset_ids=())
    assert [request.json for request in fake.writes] == [
        {"description": "d", "avatar": "a", "dataset_ids": both},
        {"llm": {"temperature": 0.9}, "dataset_ids": both},
        {"prompt": {"top_n": 8}, "dataset_ids": both},
        {"dataset_ids": [things.OTHER_ID]},
        {"dataset_ids": []},
    ]


def test_an_unchanged_assistant_is_not_sent(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("GET", "/api/v1/chats", Reply({"code": 0, "data": [things.assistant_row()]}))
    client.chats.update(things.assistant(), name="Helper", llm={}, prompt={"top_n": 6})
    assert fake.writes == []
    assert records == []


def test_the_vector_weight_survives_reading_and_writing_back(fake: FakeServer, client: RAGFlow) -> None:
    stored = {"weight": 0.3}

    def list_chats(_request: object) -> Reply:
        prompt = {"keywords_similarity_weight": round(1 - stored["weight"], 6), "top_n": 6}
        return Reply({"code": 0, "data": [things.assistant_row(prompt=prompt)]})

    def put_chat(request: Any) -> Reply:
        stored["weight"] = request.json["prompt"].get("keywords_similarity_weight", stored["weight"])
        return OK

    fake.on("GET", "/api/v1/chats", list_chats)
    fake.on("PUT", ANY, put_chat)
    seen = client.chats.get(things.ASSISTANT_ID)
    assert seen.prompt["vector_similarity_weight"] == 0.3
    assert "keywords_similarity_weight" not in seen.prompt
    client.chats.update(seen, prompt={**seen.prompt, "top_n": 7})
    assert stored["weight"] == 0.3
    changed = client.chats.update(seen, prompt={"vector_similarity_weight": 0.8})
    assert stored["weight"] == 0.8
    assert changed.prompt["vector_similarity_weight"] == 0.8
    assert client.chats.get(things.ASSISTANT_ID).prompt["vector_similarity_weight"] == 0.8
    with pytest.raises(UnsafeCall):
        client.chats.update(seen, prompt={"keywords_similarity_weight": 0.8})


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


def test_a_fetched_parser_configuration_is_stripped_to_the_keys_the_server_takes() -> None:
    fetched = {
        "chunk_token_num": 128,
        "delimiter": "\n",
        "llm_id": "m@p",
        "image_context_size": 0,
        "field_map": {},
        "pages": None,
        "html4excel": None,
        "raptor": {"use_raptor": True, "scope": "file", "ext": {}},
        "graphrag": {"use_graphrag": False, "batch": 3},
    }
    assert guards.parser_config(fetched) == {
        "chunk_token_num": 128,
        "delimiter": "\n",
        "pages": None,
        "raptor": {"use_raptor": True},
        "graphrag": {"use_graphrag": False},
    }


def dataset_row(**changes: Any) -> dict[str, Any]:
    return {"id": things.DATASET_ID, "name": "Handbook", "chunk_method": "naive", **changes}


@pytest.mark.parametrize("method", [None, "naive"])
def test_a_new_dataset_has_raptor_and_graphrag_off(method: str | None, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row()}))
    client.datasets.create(name="Handbook", chunk_method=method)
    assert fake.writes[0].json["parser_config"] == {
        "delimiter": "\n",
        "raptor": {"use_raptor": False},
        "graphrag": {"use_graphrag": False},
    }


def test_raptor_is_on_when_it_was_asked_for(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row()}))
    client.datasets.create(name="x", parser_config={"raptor": {"use_raptor": True}, "llm_id": "m@p"})
    assert fake.writes[0].json == {
        "name": "x",
        "parser_config": {"delimiter": "\n", "raptor": {"use_raptor": True}},
    }


def test_another_method_is_created_without_configuration(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row(chunk_method="qa")}))
    client.datasets.create(name="x", chunk_method="qa", description="d")
    assert fake.writes[0].json == {"name": "x", "chunk_method": "qa", "description": "d"}


def test_a_dataset_update_sends_the_difference_of_the_configuration(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("PUT", f"/api/v1/datasets/{things.DATASET_ID}", Reply({"code": 0, "data": dataset_row()}))
    config = {"chunk_token_num": 512, "llm_id": "m@p", "raptor": {"use_raptor": True, "max_token": 256}}
    client.datasets.update(
        things.dataset(), name="Handbook", description="new", chunk_method="naive", parser_config=config
    )
    assert [request.json for request in fake.writes] == [
        {"description": "new", "parser_config": {"raptor": {"use_raptor": True}}}
    ]


def test_an_unchanged_dataset_is_not_sent(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    same = things.dataset()
    assert client.datasets.update(same, name="Handbook", parser_config=dict(same.parser_config)) is same
    assert fake.received == []
    assert records == []


def test_going_back_to_naive_does_not_switch_raptor_on(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("PUT", ANY, Reply({"code": 0, "data": dataset_row()}))
    client.datasets.update(things.dataset(chunk_method="qa"), chunk_method="naive")
    assert fake.writes[0].json["parser_config"]["raptor"] == {"use_raptor": False}


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


def test_a_question_always_names_its_session(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ANY, Reply(body=b'data:{"code":0,"data":true}\n\n', content_type="text/event-stream"))
    with client.sessions.ask(things.session(), "Why?", quote=False) as conversation:
        conversation.read_to_end()
    assert fake.writes[0].path == f"/api/v1/chats/{things.ASSISTANT_ID}/completions"
    assert fake.writes[0].json == {
        "question": "Why?",
        "session_id": things.SESSION_ID,
        "stream": True,
        "quote": False,
    }


def test_an_empty_question_is_not_asked(fake: FakeServer, client: RAGFlow) -> None:
    refuse_everything(fake)
    with pytest.raises(Rejected, match="question is empty"):
        client.sessions.ask(things.session(), " \n")
    assert fake.received == []


def test_an_empty_list_of_conditions_is_left_out(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ANY, Reply({"code": 0, "data": {"total": 0, "chunks": [], "doc_aggs": {}}}))
    client.retrieval.search("x", [things.DATASET_ID], metadata_condition={"logic": "and", "conditions": []}, top_k=None)
    assert fake.writes[0].json == {"question": "x", "dataset_ids": [things.DATASET_ID], "page": 1, "page_size": 30}
