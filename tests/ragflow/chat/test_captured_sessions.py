"""Recorded answers about sessions, and answers to questions."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import (
    NotFound,
)
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    CHAT,
    NOBODYS,
    SESSION,
)
from tests.support.ragflow.fake_upstream import FakeServer

CREATED_SESSIONS = ["0385", "0387", "0389", "0390", "0414", "0415", "0416", "0600", "0601"]


@pytest.mark.parametrize("number", CREATED_SESSIONS)
def test_a_recorded_new_session_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    session = client.sessions.create(things.assistant(id=recorded.path.split("/")[4]), recorded.sent["name"])
    assert (session.id, session.assistant_id) == (recorded.data["id"], recorded.data["chat_id"])
    assert session.name == recorded.data["name"]
    assert [message.content for message in session.messages] == [recorded.data["messages"][0]["content"]]
    assert session.messages[0].role == "assistant"


SESSION_LISTS: dict[str, dict[str, Any]] = {
    "0384": {},
    "0393": {},
    "0394": {"page": 1, "page_size": 1},
    "0402": {"page": 99},
    "0404": {"desc": False, "orderby": "create_time"},
}


@pytest.mark.parametrize("number", SESSION_LISTS)
def test_a_recorded_list_of_sessions_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.sessions.list(CHAT, **SESSION_LISTS[number])
    assert page.total is None
    assert [(one.id, one.name) for one in page.items] == [(row["id"], row["name"]) for row in recorded.data]
    for key, value in (recorded.query or {}).items():
        assert fake.received[0].query[key] == [str(value)]


@pytest.mark.parametrize("number", ["0396", "0603", "0628"])
def test_a_recorded_session_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    session = client.sessions.get(CHAT, SESSION)
    rows = recorded.data[0]["messages"]
    assert [(one.role, one.content) for one in session.messages] == [(row["role"], row["content"]) for row in rows]


def test_a_session_that_is_not_there_is_an_empty_list_to_the_server(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0398").path, capture("0398").reply)
    with pytest.raises(NotFound):
        client.sessions.get(CHAT, NOBODYS)


def test_each_recorded_answer_has_its_own_sources(fake: FakeServer, client: RAGFlow) -> None:
    """On the wire they hang one message too early: 0625's first answer has its four on the opener."""
    recorded = capture("0625")
    fake.on("GET", recorded.path, recorded.reply)
    rows = recorded.data[0]["messages"]
    session = client.sessions.get(recorded.data[0]["chat_id"], recorded.data[0]["id"])
    assert session.messages[0].sources == ()
    answers = [message for message in session.messages[1:] if message.role == "assistant"]
    on_the_wire = [[chunk["id"] for chunk in row["reference"]] for row in rows if "reference" in row]
    assert [[one.id for one in answer.sources] for answer in answers] == on_the_wire
    assert len(answers[0].sources) == 4
    assert answers[0].sources[0].document_name == "alpha-renamed.txt"
    assert answers[0].sources[0].similarity is None
    assert all(message.sources == () for message in session.messages if message.role == "user")


def test_recorded_thinking_is_told_from_the_answer(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0625")
    fake.on("GET", recorded.path, recorded.reply)
    answer = client.sessions.get(recorded.data[0]["chat_id"], recorded.data[0]["id"]).messages[2]
    assert answer.content.startswith("<think>")
    assert answer.thinking
    assert "think>" not in answer.thinking
    assert answer.text
    assert "think>" not in answer.text


def test_a_recorded_model_error_in_a_session_is_marked(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0628").path, capture("0628").reply)
    session = client.sessions.get(CHAT, SESSION)
    failed = [message for message in session.messages if message.failure]
    assert failed
    assert all(message.content.startswith("**ERROR**") for message in failed)
    assert not session.messages[2].failure


STREAMS = {
    "0602": "What does the dashboard list?",
    "0604": "And how are documents parsed?",
    "0606": "What does the dashboard list?",
    "0617": "please fail",
    "0622": "What does the dashboard list?",
    "0624": "qwertyuiop zxcvbnm",
    "0626": "Hello?",
}


@pytest.mark.parametrize("number", STREAMS)
def test_a_recorded_answer_is_read_to_its_end(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    chat_id = recorded.path.split("/")[4]
    fake.on("POST", recorded.path, recorded.reply)
    session = things.session(assistant_id=chat_id, id=recorded.sent["session_id"])
    with client.sessions.ask(session, STREAMS[number]) as conversation:
        conversation.read_to_end()
    assert conversation.done
    assert fake.received[0].json == {"stream": True, **recorded.sent}
    if number == "0617":
        assert conversation.failure.startswith("**ERROR**: INVALID_REQUEST")
        return
    assert conversation.failure == ""
    assert conversation.text.startswith("According to the knowledge base, the RAGFlow dashboard lists every dataset")
    assert conversation.text.endswith("until parsing finishes [ID:0].")
    assert "think" not in conversation.text
    expected = {"0602": 3, "0604": 3, "0606": 3, "0622": 4, "0624": 4, "0626": 0}
    assert len(conversation.sources) == expected[number]
    if conversation.sources:
        assert conversation.sources[0].similarity is not None
