"""Changes of an assistant carry what RAGFlow would lose otherwise; a question names its session."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound, UnsafeCall
from tests.ragflow.safety.conftest import ANY, OK
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply


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
