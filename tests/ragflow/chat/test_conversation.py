"""Asking a question over a real connection: what arrives when, and how it may end."""

from __future__ import annotations

import threading
import time

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.chat.sse import Delta, Done, Failed
from dashboard.ragflow.errors import InvalidResponse, StreamInterrupted, TimedOut
from tests.support.ragflow import things
from tests.support.ragflow.chat_frames import DONE, frame
from tests.support.ragflow.fake_upstream import FakeServer, Reply


def stream(*pieces: bytes, chunked: bool = True, drop: bool = False, gates: tuple[threading.Event, ...] = ()) -> Reply:
    return Reply(
        pieces=pieces,
        content_type="text/event-stream; charset=utf-8, text/event-stream; charset=utf-8",
        chunked=chunked,
        drop=drop,
        gates=gates,
    )


@pytest.mark.parametrize("chunked", [True, False])
def test_each_piece_is_handed_on_while_the_server_still_holds_the_next(
    chunked: bool, fake: FakeServer, client: RAGFlow
) -> None:
    gates = (threading.Event(), threading.Event(), threading.Event())
    fake.on("POST", ".*", stream(frame("one"), frame("two") + frame("three"), DONE, chunked=chunked, gates=gates))
    gates[0].set()
    with client.sessions.ask(things.session(), "Why?") as conversation:
        batches = conversation.batches()
        assert next(batches) == (Delta("one"),)
        gates[1].set()
        assert next(batches) == (Delta("two"), Delta("three"))
        gates[2].set()
        assert next(batches) == (Done(),)
        assert list(batches) == []
    assert conversation.text == "onetwothree"


def test_a_whole_turn_is_reported_once(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", stream(frame("Yes."), DONE))
    with client.sessions.ask(things.session(), "Why?") as conversation:
        assert list(conversation) == [Delta("Yes."), Done()]
        assert len(records) == 1
    conversation.close()
    assert [(one.action, one.target_ids, one.outcome) for one in records] == [
        ("session.ask", (things.SESSION_ID,), "ok")
    ]
    assert "Why?" not in str(records)


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("drop", [True, False])
def test_an_answer_without_its_closing_frame_is_cut_off(
    chunked: bool, drop: bool, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("POST", ".*", stream(frame("Half an"), chunked=chunked, drop=drop))
    with client.sessions.ask(things.session(), "Why?") as conversation:
        events = iter(conversation)
        assert next(events) == Delta("Half an")
        with pytest.raises(StreamInterrupted) as caught:
            next(events)
    assert caught.value.path.endswith("/completions")
    assert conversation.text == "Half an"
    assert [one.outcome for one in records] == ["unknown"]


def test_a_failed_answer_is_reported_as_failed(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", stream(frame("**ERROR**: no model"), DONE))
    with client.sessions.ask(things.session(), "Why?") as conversation:
        assert list(conversation) == [Failed("no model"), Done()]
    assert [one.outcome for one in records] == ["failed"]


def test_closing_stops_the_turn_and_says_so(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    gate = threading.Event()
    opened = threading.Event()
    opened.set()
    fake.on("POST", ".*", stream(frame("one"), frame("two"), gates=(opened, gate)))
    conversation = client.sessions.ask(things.session(), "Why?")
    assert next(conversation.batches()) == (Delta("one"),)
    conversation.close()
    gate.set()
    assert list(conversation.batches()) == []
    assert [one.outcome for one in records] == ["failed"]
    assert "stopped" in records[0].error


def test_another_thread_may_close_while_one_waits(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    gate = threading.Event()
    opened = threading.Event()
    opened.set()
    fake.on("POST", ".*", stream(frame("one"), frame("two"), gates=(opened, gate)))
    conversation = client.sessions.ask(things.session(), "Why?")
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.extend(conversation))
    reader.start()
    while not seen:
        time.sleep(0.01)
    conversation.close()
    reader.join(1.5)
    stuck = reader.is_alive()
    gate.set()
    reader.join()
    assert not stuck
    assert seen == [Delta("one")]
    assert len(records) == 1


def test_breaking_off_the_iteration_leaves_the_turn_to_be_read_to_its_end(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    """As the relay does when the browser has gone."""
    fake.on("POST", ".*", stream(frame("one"), frame("two"), DONE))
    with client.sessions.ask(things.session(), "Why?") as conversation:
        for event in conversation:
            assert event == Delta("one")
            break
        conversation.read_to_end()
    assert conversation.done
    assert conversation.text == "onetwo"
    assert [one.outcome for one in records] == ["ok"]


def test_a_garbled_frame_ends_the_turn(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", stream(frame("one"), b"data:<html>\n\n", DONE))
    with client.sessions.ask(things.session(), "Why?") as conversation, pytest.raises(InvalidResponse):
        conversation.read_to_end()
    assert [one.outcome for one in records] == ["unknown"]


def test_silence_in_mid_answer_times_out(fake: FakeServer, records: list[WriteRecord]) -> None:
    from dashboard.ragflow import Timeouts

    client = RAGFlow(fake.base_url, "key", timeouts=Timeouts(stream=0.2), on_write=records.append)
    opened, never = threading.Event(), threading.Event()
    opened.set()
    fake.on("POST", ".*", stream(frame("one"), frame("two"), gates=(opened, never)))
    with client.sessions.ask(things.session(), "Why?") as conversation, pytest.raises(TimedOut):
        conversation.read_to_end()
    never.set()
    assert [one.outcome for one in records] == ["unknown"]


def test_a_stream_gives_its_connection_back(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ".*", stream(frame("one"), DONE))
    for _ in range(3):
        with client.sessions.ask(things.session(), "Why?") as conversation:
            conversation.read_to_end()
    assert len({request.port for request in fake.received}) == 1


def test_a_refused_question_is_reported_once(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", Reply(body=b"<html>busy</html>", content_type="text/html"))
    with pytest.raises(InvalidResponse):
        client.sessions.ask(things.session(), "Why?")
    assert [(one.action, one.outcome) for one in records] == [("session.ask", "unknown")]
