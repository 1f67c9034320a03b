"""What a reader of a running answer sees: whoever comes late or reads slowly still sees all of it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dashboard.assistants.answers.markdown import render
from dashboard.assistants.answers.marks import Citations
from dashboard.assistants.chat import turns
from dashboard.assistants.chat.turns import Status
from dashboard.assistants.stream import answer_stream
from dashboard.assistants.stream.subscriber import Subscriber
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors, sse
from dashboard.ragflow.types import Session, Source


class Script:
    """Stands for RAGFlow's client: hands out one batch of events each time it is told to."""

    def __init__(self) -> None:
        self.sessions = self
        self.done = False
        self._may = threading.Semaphore(0)
        self._taken = threading.Semaphore(0)
        self._batches: list[tuple[sse.Event, ...]] = []

    @contextmanager
    def ask(self, _session: Session, _question: str, thinking: object = None) -> Iterator[Script]:
        yield self

    def batches(self) -> Iterator[tuple[sse.Event, ...]]:
        while True:
            self._may.acquire()
            batch = self._batches.pop(0)
            if not batch:
                self.done = True
                return
            yield batch
            self._taken.release()

    def get(self, _assistant_id: str, session_id: str) -> Session:
        """The session as it is stored, which tells no sources either."""
        raise errors.NotFound(f"no session {session_id}")

    def close(self) -> None:
        """Nothing to close."""

    def say(self, *events: sse.Event) -> None:
        """One read from the network; returns when it was passed on. Nothing: the end."""
        self._batches.append(events)
        self._may.release()
        if events:
            assert self._taken.acquire(timeout=20)


class Screen:
    """Does with the events what the page's script does, and knows the text that can be read."""

    def __init__(self) -> None:
        self.done, self.open, self.tail, self.thoughts = "", "", "", ""

    def read(self, follower: Subscriber) -> None:
        """Everything that is waiting."""
        while follower.waiting:
            for block in (follower.read(0) or b"").split(b"\n\n"):
                fields = dict(line.split(b":", 1) for line in block.split(b"\n") if line and not line.startswith(b":"))
                if b"data" in fields:
                    self._take(fields.get(b"event", b"text").decode(), json.loads(fields[b"data"]))

    def _take(self, name: str, data: Any) -> None:
        if name == "text":
            self.tail += data
        elif name == "think":
            self.thoughts += data
        elif name == "html":
            self.done = data["done"] if data["reset"] else self.done + data["done"]
            self.open, self.tail = data["open"], ""

    @property
    def words(self) -> list[str]:
        return (re.sub(r"<[^>]+>", " ", self.done + self.open) + self.tail).split()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def running(script: Script, ragflow_server: Server) -> Iterator[answer_stream.AnswerStream]:
    session = Session("a" * 32, "b" * 32, "A session", (), None, None)
    turn = turns.claim(turns.register(ragflow_server, session, "What?"))
    assert turn
    ragflow: Any = script
    assert isinstance(ragflow, Script | RAGFlow)
    reading = answer_stream.start(turn, ragflow, "#source-")
    yield reading
    if not reading.ended.is_set():
        script.say()
    assert reading.ended.wait(20)


def words(number: int) -> str:
    """A piece of an answer, every fifth one ending a block."""
    return f"word{number} " + ("\n\n" if number % 5 == 4 else "")


def test_a_reader_who_comes_late_sees_everything(script: Script, running: answer_stream.AnswerStream) -> None:
    script.say(sse.ThinkStart(), sse.Delta("Hm."), sse.ThinkEnd())
    for number in range(12):
        script.say(sse.Delta(words(number)))
    late = Screen()
    follower = running.subscribe()
    late.read(follower)
    assert late.words == [f"word{number}" for number in range(12)]
    assert late.thoughts == "Hm."
    script.say(sse.Delta("and more"))
    late.read(follower)
    assert late.words[-2:] == ["and", "more"]


def test_a_reader_who_fell_behind_catches_up_without_a_gap(script: Script, running: answer_stream.AnswerStream) -> None:
    quick, slow = Screen(), Screen()
    quick_follower, slow_follower = running.subscribe(), running.subscribe()
    for number in range(3 * answer_stream.BEHIND):
        script.say(sse.Delta(words(number)))
        quick.read(quick_follower)
    assert slow_follower.waiting <= answer_stream.BEHIND + 1
    slow.read(slow_follower)
    script.say(sse.Delta("end"))
    slow.read(slow_follower)
    quick.read(quick_follower)
    everything = [*(f"word{number}" for number in range(3 * answer_stream.BEHIND)), "end"]
    assert quick.words == everything
    assert slow.words == everything


def test_a_final_text_replaces_what_was_shown(script: Script, running: answer_stream.AnswerStream) -> None:
    screen, follower = Screen(), running.subscribe()
    script.say(sse.Delta("draft of it"))
    script.say(sse.Replace("The final text."))
    screen.read(follower)
    assert screen.words == ["The", "final", "text."]


def test_readers_are_told_the_end_and_the_turn_is_kept(
    script: Script, running: answer_stream.AnswerStream, ragflow_server: Server
) -> None:
    follower = running.subscribe()
    script.say(sse.Delta("All there is."))
    script.say()
    assert running.ended.wait(20)
    while (piece := follower.read(20)) is not None:
        assert piece
    kept = turns.current(ragflow_server, "a" * 32)
    assert kept is not None
    assert (kept.status, kept.text) == (Status.DONE, "All there is.")
    # The session is free for the next question.
    assert turns.register(ragflow_server, kept.session, "And now?").number == 1


def test_the_end_is_as_if_it_had_been_rendered_at_once(script: Script, running: answer_stream.AnswerStream) -> None:
    pieces = [
        "One [ID:1",
        "] and two [ID:0].\n\n- a\n- b",
        "\n\n| x | y |\n|---|---|\n| 1 | 2 [ID:1] |\n",
        "\nEnd **bo",
        "ld**",
    ]
    for piece in pieces:
        script.say(sse.Delta(piece))
    source = Source("c" * 16, "text", "d" * 32, "policy.txt", "e" * 32, "", ())
    script.say(sse.References((source, source), 2))
    script.say()
    assert running.ended.wait(20)
    at_once = Citations(available=2, base="#source-")
    rendered = running.whole()
    assert rendered is not None
    assert rendered.html == render("".join(pieces), at_once)
    assert rendered.citations.numbers == at_once.numbers == {1: 1, 0: 2}


def test_an_answer_that_cites_nothing_that_came_is_rendered_anew(
    script: Script, running: answer_stream.AnswerStream
) -> None:
    script.say(sse.Delta("One [ID:7]."))
    script.say()
    assert running.ended.wait(20)
    assert running.whole() is None


def test_only_one_may_ask(ragflow_server: Server) -> None:
    session = Session("c" * 32, "b" * 32, "A session", (), None, None)
    turn = turns.register(ragflow_server, session, "What?")
    with pytest.raises(turns.Busy):
        turns.register(ragflow_server, session, "And what else?")
    assert turns.claim(turn) is not None
    assert turns.claim(turn) is None
