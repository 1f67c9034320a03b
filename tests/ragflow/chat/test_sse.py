"""The bytes of an answer become the right events, however the network cuts them."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow.chat.sse import (
    AnswerReader,
    Delta,
    Done,
    Event,
    Failed,
    FrameSplitter,
    References,
    Replace,
    ThinkEnd,
    ThinkStart,
)
from dashboard.ragflow.errors import InvalidResponse, TooLarge
from tests.support.ragflow.captures import capture
from tests.support.ragflow.chat_frames import DONE, frame

MB = 1024 * 1024


def events_of(*pieces: bytes) -> list[Event]:
    splitter, reader = FrameSplitter(), AnswerReader()
    events: list[Event] = []
    for piece in pieces:
        for data in splitter.feed(piece):
            events += reader.read(data)
    for data in splitter.end():
        events += reader.read(data)
    return events


def test_deltas_are_appended() -> None:
    reader = AnswerReader()
    splitter = FrameSplitter()
    events = [event for data in splitter.feed(frame("Hel") + frame("lo") + DONE) for event in reader.read(data)]
    assert events == [Delta("Hel"), Delta("lo"), Done()]
    assert reader.text == "Hello"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("mark", ["data:", "data: "])
@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n"])
def test_frames_may_be_cut_anywhere(size: int, mark: str, end: str) -> None:
    """Also in the middle of a character, of the mark and of the blank line."""
    stream = frame("Grüße, 世界 🌍", mark=mark, end=end) + frame(" und Ende", mark=mark, end=end)
    stream += b"data:" + b'{"code":0,"data":true}' + end.encode()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert events_of(*pieces) == [Delta("Grüße, 世界 🌍"), Delta(" und Ende"), Done()]


def test_comments_and_other_fields_are_ignored() -> None:
    stream = b": keepalive\n\nevent: message\nid: 7\nretry: 10\n" + frame("Hi") + b":\n" + DONE
    assert events_of(stream) == [Delta("Hi"), Done()]


def test_a_frame_of_several_data_lines_is_put_together() -> None:
    assert events_of(b'data:{"code":0,\ndata:"data":true}\n\n') == [Done()]


def test_the_last_frame_may_lack_its_blank_line() -> None:
    assert events_of(frame("Hi"), b'data:{"code": 0, "data": true}') == [Delta("Hi"), Done()]


def test_an_openai_end_mark_is_understood() -> None:
    assert events_of(b"data: [DONE]\n\n") == [Done()]


def test_the_end_is_told_once() -> None:
    assert events_of(DONE, DONE) == [Done()]


def test_a_final_text_replaces_what_was_streamed() -> None:
    assert events_of(frame("Hello wrld"), frame("Hello world [ID:0]", final=True)) == [
        Delta("Hello wrld"),
        Replace("Hello world [ID:0]"),
    ]


def test_a_final_text_that_says_the_same_is_not_repeated() -> None:
    assert events_of(frame("Hello "), frame("world"), frame("Hello world", final=True)) == [
        Delta("Hello "),
        Delta("world"),
    ]


def test_an_answer_in_one_piece_has_no_final_key() -> None:
    payload = b'data:{"code":0,"data":{"answer":"|a|b|","reference":{}}}\n\n'
    assert events_of(payload, DONE) == [Replace("|a|b|"), Done()]


def test_thinking_is_told_from_the_answer() -> None:
    reader, splitter = AnswerReader(), FrameSplitter()
    stream = (
        frame(start_to_think=True)
        + frame("Let me see.")
        + frame(end_to_think=True)
        + frame("Yes.")
        + frame("<think>Let me see.</think>Yes [ID:0].", final=True)
    )
    events = [event for data in splitter.feed(stream) for event in reader.read(data)]
    assert events == [ThinkStart(), Delta("Let me see."), ThinkEnd(), Delta("Yes."), Replace("Yes [ID:0].")]
    assert reader.text == "Yes [ID:0]."


def reference(*ids: str, total: int | None = None) -> dict[str, Any]:
    chunks = [{"id": one, "content": f"about {one}", "document_name": "a.txt", "similarity": 0.5} for one in ids]
    return {"total": len(ids) if total is None else total, "chunks": chunks, "doc_aggs": []}


def test_sources_come_from_the_latest_frame_that_has_some() -> None:
    reader, splitter = AnswerReader(), FrameSplitter()
    stream = (
        frame("x", reference=reference("c1"))
        + frame(final=True, reference=reference("c2", "c3", total=9))
        + frame(final=True, reference={"chunks": [], "doc_aggs": [], "total": 0})
        + frame(final=True, reference={})
    )
    events = [event for data in splitter.feed(stream) for event in reader.read(data)]
    found = [event for event in events if isinstance(event, References)]
    assert [(one.total, [source.id for source in one.sources]) for one in found] == [(1, ["c1"]), (9, ["c2", "c3"])]
    assert [source.id for source in reader.sources] == ["c2", "c3"]
    assert reader.sources[0].content == "about c2"


@pytest.mark.parametrize("nothing", [None, [], {}, {"chunks": []}, [{"id": "x"}, {"id": "yyyyyyyyyyyyyyyyyyyy"}]])
def test_an_odd_reference_is_no_reference(nothing: Any) -> None:
    assert events_of(frame("Hi", reference=nothing)) == [Delta("Hi")]


def test_a_model_error_is_not_an_answer() -> None:
    assert events_of(frame("**ERROR**: INVALID_REQUEST - no such model"), DONE) == [
        Failed("INVALID_REQUEST - no such model"),
        Done(),
    ]


def test_a_model_error_is_recognised_in_pieces() -> None:
    assert events_of(frame("**ER"), frame("ROR**: no"), frame(" model"), DONE) == [
        Failed("no"),
        Failed("no model"),
        Done(),
    ]


def test_a_model_error_in_the_middle_of_an_answer_is_recognised() -> None:
    assert events_of(frame("It is "), frame("\n**ERROR**: out of quota"), DONE) == [
        Delta("It is "),
        Delta("\n**ERROR**: out of quota"),
        Replace("It is"),
        Failed("out of quota"),
        Done(),
    ]


def test_a_model_that_fails_in_mid_answer_is_recognised_however_its_error_is_cut() -> None:
    answer = "The limit is **120** EUR, and **ERROR**: CONNECTION_ERROR - Connection error."
    for size in range(1, len(answer)):
        pieces = [frame(answer[at : at + size]) for at in range(0, len(answer), size)]
        events = events_of(*pieces, DONE)
        said = "".join(event.text for event in events if isinstance(event, Delta))
        failures = [event.message for event in events if isinstance(event, Failed)]
        assert said.rstrip() == "The limit is **120** EUR, and"
        assert failures[-1] == "CONNECTION_ERROR - Connection error."
        assert not any(isinstance(event, Replace) for event in events)


def test_a_text_that_speaks_of_errors_is_an_answer() -> None:
    assert events_of(frame("The mark is "), frame("written **ERROR** in the log.")) == [
        Delta("The mark is "),
        Delta("written **ERROR** in the log."),
    ]


def test_an_error_frame_fails_the_answer() -> None:
    stream = b'data:{"code":500,"message":"KeyError","data":{"answer":"**ERROR**: KeyError","reference":[]}}\n\n'
    assert events_of(stream, DONE) == [Failed("KeyError"), Done()]
    assert events_of(b'data:{"code":500,"message":"boom","data":null}\n\n') == [Failed("boom")]


@pytest.mark.parametrize("payload", [b"data:<html>\n\n", b'data:{"code":0,"da\n\n', b"data:[1]\n\n"])
def test_a_frame_that_is_none_is_garbled(payload: bytes) -> None:
    with pytest.raises(InvalidResponse):
        events_of(payload)


def test_the_recorded_thinking_answer_gives_these_events() -> None:
    events = events_of(capture("0622").raw)
    kinds = [type(event).__name__ for event in events]
    assert [kind for number, kind in enumerate(kinds) if number == 0 or kinds[number - 1] != kind] == [
        "ThinkStart",
        "Delta",
        "ThinkEnd",
        "Delta",
        "References",
        "Done",
    ]


def test_the_recorded_answer_without_datasets_ends_without_final_frame() -> None:
    events = events_of(capture("0626").raw)
    assert [type(event).__name__ for event in events] == ["Delta", "Delta", "Delta", "Delta", "Done"]


def test_half_a_pair_of_utf_16_does_not_end_an_answer() -> None:
    reader = AnswerReader()
    reader.read(rb'{"code": 0, "data": {"answer": "a \ud800 b\u0000", "reference": {}, "final": false}}')
    assert reader.text == "a \ufffd b\ufffd"


def feed(splitter: FrameSplitter, *pieces: bytes) -> int:
    """How many frames come of the pieces."""
    return sum(len(splitter.feed(piece)) for piece in pieces)


@pytest.mark.parametrize(
    "line", [b"x" * MB, b"data:\n" * (MB // 6), b"data:" + b"x" * MB + b"\n", b": comment " + b"x" * MB]
)
def test_an_event_without_end_is_given_up(line: bytes) -> None:
    splitter = FrameSplitter()
    with pytest.raises(TooLarge, match="event larger than 16 MB"):
        feed(splitter, *[line] * 20)


def test_events_of_any_number_are_taken() -> None:
    assert feed(FrameSplitter(), *[b"data:" + b"x" * MB + b"\n\n:\n"] * 20) == 20


def test_an_error_without_end_is_cut() -> None:
    reader = AnswerReader()
    for text in ("**ERROR**: ", *["word " * 100] * 100):
        reader.read(frame(text)[5:-2])
    assert len(reader.failure) == 10_000


@pytest.mark.parametrize("thinks", [True, False])
def test_an_answer_without_end_is_given_up(thinks: bool) -> None:
    reader = AnswerReader()
    reader.read(frame(start_to_think=thinks)[5:-2])
    piece = frame("word " * (MB // 5))[5:-2]
    with pytest.raises(TooLarge, match="longer than 8 million"):
        [reader.read(piece) for _ in range(10)]
