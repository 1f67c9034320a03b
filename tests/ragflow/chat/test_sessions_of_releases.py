"""Recorded sessions of 0.25.4 and 0.27.0, and questions asked in them."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.chat.sse import Event, Failed, Replace, ThinkEnd, ThinkStart
from dashboard.ragflow.errors import NotFound, RAGFlowError, Unauthorized, UnsafeCall
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture, recorded_by
from tests.support.ragflow.chat_frames import DONE, frame
from tests.support.ragflow.fake_upstream import FakeServer, Reply

STREAMED = Reply(body=frame("Yes.") + DONE, content_type="text/event-stream")
ANSWER_BEGINS = "According to the knowledge base, the RAGFlow dashboard lists every dataset"
ANSWER_ENDS = "until parsing finishes [ID:0]."


@pytest.mark.parametrize(
    ("release", "number"),
    [("0.25.4", "0392"), ("0.25.4", "0428"), ("0.27.0", "0357"), ("0.27.0", "0393"), ("0.27.0", "1401")],
)
def test_a_list_of_sessions_is_read(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    page = client.sessions.list(recorded.path.split("/")[4])
    assert page.total is None
    for session, row in zip(page.items, recorded.data, strict=True):
        assert (session.id, session.assistant_id, session.name) == (row["id"], row["chat_id"], row["name"])
        shown = [(one.role, one.content, one.id) for one in session.messages]
        assert shown == [(one["role"], one["content"], one.get("id", "")) for one in row["messages"]]


# A session, and which of its references belongs to which answer. Some lost their messages, but not their references.
PAIRED = {
    ("0.25.4", "0849"): [0],
    ("0.25.4", "0851"): [1],
    ("0.25.4", "0853"): [1, 2],
    ("0.27.0", "0797"): [],
    ("0.27.0", "0800"): [0],
    ("0.27.0", "0804"): [0, 1, 2],
    ("0.27.0", "1365"): [0, 1],
    ("0.27.0", "1370"): [4],
}


@pytest.mark.parametrize(("release", "number"), PAIRED)
def test_each_answer_has_the_sources_of_its_question(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    session = client.sessions.get(recorded.data["chat_id"], recorded.data["id"])
    assert fake.asked == [("GET", recorded.path)]
    answers: list[list[str]] = []
    for before, message in zip(session.messages, session.messages[1:], strict=False):
        if before.role == "user":
            answers.append([source.id for source in message.sources])
    kept = recorded.data["reference"]
    assert answers == [[chunk["id"] for chunk in kept[place]["chunks"]] for place in PAIRED[release, number]]


@pytest.mark.parametrize(
    ("release", "number"),
    [("0.25.4", "0847"), ("0.25.4", "0402"), ("0.27.0", "0798"), ("0.27.0", "0367")],
)
def test_a_session_or_assistant_that_is_not_there_is_not_found(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    parts = recorded_by(fake, release, number).path.split("/")
    look = client.sessions.get if len(parts) > 6 else client.sessions.list
    with pytest.raises(NotFound):
        look(parts[4], *parts[6:])


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0384"), ("0.27.0", "0349")])
def test_a_session_is_created_without_an_owner(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    """RAGFlow ignores the owner since 0.25; to list by one would list nobody's sessions."""
    recorded = recorded_by(fake, release, number)
    assistant = things.assistant(id=recorded.path.split("/")[4])
    session = client.sessions.create(assistant, recorded.sent["name"], user_id="somebody")
    assert (session.id, session.assistant_id) == (recorded.data["id"], assistant.id)
    assert [one.json for one in fake.writes] == [recorded.sent]
    with pytest.raises(UnsafeCall):
        client.sessions.list(assistant.id, user_id="somebody")


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0405"), ("0.27.0", "0370")])
def test_a_session_is_renamed_with_patch(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    session = things.session(assistant_id=recorded.data["chat_id"], id=recorded.data["id"])
    assert client.sessions.rename(session, "Renamed session").name == "Renamed session"
    assert [(one.method, one.path, one.json) for one in fake.writes] == [("PATCH", recorded.path, recorded.sent)]


@pytest.mark.parametrize(
    ("release", "number"), [("0.25.4", "0411"), ("0.25.4", "0412"), ("0.27.0", "0376"), ("0.27.0", "0377")]
)
def test_a_session_that_is_gone_cannot_be_renamed(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    parts = recorded_by(fake, release, number).path.split("/")
    with pytest.raises(NotFound):
        client.sessions.rename(things.session(assistant_id=parts[4], id=parts[6]), "x")


@pytest.mark.parametrize(("release", "number", "again"), [("0.25.4", "0416", "0417"), ("0.27.0", "0381", "0382")])
def test_sessions_are_deleted_by_their_ids_and_nothing_else(
    release: str, number: str, again: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    session = things.session(assistant_id=recorded.path.split("/")[4], id=recorded.sent["ids"][0])
    assert client.sessions.delete([session]).deleted == (session,)
    recorded_by(fake, release, again)
    with pytest.raises(NotFound):
        client.sessions.delete([session])
    with pytest.raises(UnsafeCall):
        client.sessions.delete([])
    assert [one.json for one in fake.writes] == [{"ids": [session.id]}] * 2


def ask(client: RAGFlow, recorded: Capture) -> tuple[list[Event], str, str]:
    """The events of the recorded answer, its text, and why it failed."""
    session = things.session(assistant_id=recorded.sent["chat_id"])
    with client.sessions.ask(session, "Why?") as conversation:
        events = list(conversation)
    assert conversation.done
    return events, conversation.text, conversation.failure


STREAMS = [
    *(("0.25.4", number) for number in ("0427", "0848", "0451", "0447")),
    *(("0.27.0", number) for number in ("0392", "0394", "1362", "1364", "1366", "1375", "1557", "1566")),
]
THINKING = {("0.25.4", "0447"), ("0.27.0", "1375"), ("0.27.0", "1557")}


@pytest.mark.parametrize(("release", "number"), STREAMS)
def test_a_recorded_answer_is_read_to_its_end(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    with_history(fake, recorded)
    events, text, failure = ask(client, recorded)
    assert failure == ""
    assert text.startswith(ANSWER_BEGINS)
    assert text.endswith(ANSWER_ENDS)
    assert text.count(ANSWER_BEGINS) == 1, "the answer that a final frame repeats is not added to itself"
    assert (ThinkStart() in events, ThinkEnd() in events) == ((release, number) in THINKING,) * 2
    assert not any(isinstance(event, Failed) for event in events)


@pytest.mark.parametrize(("release", "number"), [("0.27.0", "1374"), ("0.27.0", "1376")])
def test_the_answer_that_nothing_was_found_is_shown_once(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    events, text, failure = ask(client, recorded_by(fake, release, number))
    assert text == "Sorry! No relevant content was found in the knowledge base!"
    assert failure == ""
    assert not any(isinstance(event, Replace) for event in events)


FAILURES = {
    ("0.25.4", "0922"): "INVALID_REQUEST",
    ("0.25.4", "0925"): "INVALID_REQUEST",
    ("0.25.4", "0422"): "'system'",
    ("0.27.0", "1555"): "INVALID_REQUEST",
    ("0.27.0", "1567"): "INVALID_REQUEST",
    ("0.27.0", "1563"): "'system'",
}


@pytest.mark.parametrize(("release", "number"), FAILURES)
def test_a_model_that_failed_is_told_from_an_answer(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    """With and without a final frame."""
    recorded = recorded_by(fake, release, number)
    with_history(fake, recorded)
    _events, text, failure = ask(client, recorded)
    assert text == ""
    assert FAILURES[release, number] in failure


@pytest.mark.parametrize(
    ("release", "number", "kind"),
    [
        ("0.25.4", "0437", NotFound),
        ("0.25.4", "0439", NotFound),
        ("0.25.4", "0441", Unauthorized),
        ("0.27.0", "0402", NotFound),
        ("0.27.0", "0404", NotFound),
        ("0.27.0", "0406", Unauthorized),
        ("0.27.0", "1378", NotFound),
        ("0.27.0", "1379", NotFound),
    ],
)
def test_a_question_that_is_refused_is_answered_with_json(
    release: str, number: str, kind: type[RAGFlowError], fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    with_history(fake, recorded)
    with pytest.raises(kind):
        client.sessions.ask(things.session(assistant_id=recorded.sent["chat_id"]), "Why?")


def test_before_0_25_6_a_question_carries_the_history_as_it_is_stored(fake: FakeServer, client: RAGFlow) -> None:
    """There, the messages of a question become those of the session."""
    stored = recorded_by(fake, "0.25.4", "0853")
    fake.on("POST", "/api/v1/chat/completions", STREAMED)
    session = things.session(assistant_id=stored.data["chat_id"], id=stored.data["id"], messages=())
    with client.sessions.ask(session, "And then?", quote=True) as conversation:
        conversation.read_to_end()
    (sent,) = fake.writes
    assert sent.json["messages"][:-1] == stored.data["messages"]
    last = sent.json["messages"][-1]
    assert (last["role"], last["content"]) == ("user", "And then?")
    assert last["id"] not in {message["id"] for message in stored.data["messages"]}
    assert (sent.json["chat_id"], sent.json["session_id"]) == (session.assistant_id, session.id)
    assert (sent.json["stream"], sent.json["quote"]) == (True, True)


@pytest.mark.parametrize("release", ["v0.25.6", "v0.26.4", "v0.27.0", "v0.28.1"])
def test_since_0_25_6_a_question_carries_only_itself(release: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.release = release
    fake.on("POST", "/api/v1/chat/completions", STREAMED)
    with client.sessions.ask(things.session(), "Why?") as conversation:
        conversation.read_to_end()
    assert [request.json for request in fake.received] == [
        {"chat_id": things.ASSISTANT_ID, "session_id": things.SESSION_ID, "question": "Why?", "stream": True}
    ]


@pytest.mark.parametrize("release", ["v0.24.0", "v0.25.4", "v0.27.0"])
@pytest.mark.parametrize(
    "option",
    [
        {"pass_all_history_messages": True},
        {"store_history_messages": False},
        {"legacy": True},
        {"stream": False},
        {"chat_id": things.NOBODYS_ID},
        {"temperature": 0.9},
    ],
    ids=lambda option: next(iter(option)),
)
def test_a_question_never_replaces_what_a_session_has(
    release: str, option: dict[str, Any], fake: FakeServer, client: RAGFlow
) -> None:
    """Nor does it ask another assistant, lose its turn, or set what RAGFlow ignores."""
    fake.release = release
    fake.on("POST", ".*", STREAMED)
    with pytest.raises(UnsafeCall):
        client.sessions.ask(things.session(), "Why?", **option)
    assert fake.received == []


def test_a_condition_that_ragflow_would_ignore_is_not_sent(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    with pytest.raises(UnsafeCall):
        client.sessions.ask(things.session(), "Why?", metadata_condition={"logic": "and", "conditions": []})
    assert fake.received == []


def test_thinking_modes_are_numbers_from_1(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    fake.on("POST", "/api/v1/chat/completions", STREAMED)
    assert client.can("thinking modes")
    for mode in ("low", "medium", "high", "ultra"):
        with client.sessions.ask(things.session(), "Why?", thinking=mode) as conversation:
            conversation.read_to_end()
    assert [request.json["reasoning"] for request in fake.writes] == [1, 2, 3, 4]


def test_a_release_without_thinking_modes_is_not_asked_for_one(fake: FakeServer, client: RAGFlow) -> None:
    assert not client.can("thinking modes")
    with pytest.raises(UnsafeCall):
        client.sessions.ask(things.session(), "Why?", thinking="high")
    assert fake.received == []


def with_history(fake: FakeServer, recorded: Capture) -> None:
    """Lets the server have the session that the capture was asked in."""
    row = capture("0846", "0.25.4").data | {"id": things.SESSION_ID, "chat_id": recorded.sent["chat_id"]}
    fake.on("GET", ".*/sessions/.*", Reply({"code": 0, "data": row}))
