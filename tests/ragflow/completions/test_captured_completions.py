"""OpenAI-compatible completions, as RAGFlow's releases answered."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.completions.reading import Completion
from dashboard.ragflow.dialects.completions import Wanted
from dashboard.ragflow.errors import NotFound, RAGFlowError, Rejected, StreamInterrupted
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture, recorded_by
from tests.support.ragflow.fake_upstream import FakeServer, Reply

ASKED = (("user", "What does the dashboard list?"),)
BEGINS, ENDS = "According to the knowledge base, the RAGFlow dashboard", "until parsing finishes [ID:0]."


def target_of(recorded: Capture) -> Target:
    """The assistant or agent that was asked."""
    if "agent" not in recorded.path:
        return Target("assistant", recorded.path.split("/")[4], "Helper")
    return Target("agent", (recorded.sent.get("agent_id") or recorded.path.split("/")[4]), "Helper")


def asked(client: RAGFlow, recorded: Capture, **wanted: Any) -> Completion:
    with client.completions.stream(target_of(recorded), Wanted(ASKED, **wanted)) as stream:
        raw = [chunk.raw for chunks in stream for chunk in chunks]
    assert raw == [frame.removeprefix("data:").removeprefix(" ") for frame in recorded.body.split("\n\n") if frame]
    return stream.completion


STREAMS = [("0.24.0", "0629"), ("0.25.4", "0454"), ("0.27.0", "0417")]
AGENTS = [("0.24.0", "0722"), ("0.25.4", "0917"), ("0.27.0", "0868")]


@pytest.mark.parametrize(("release", "number"), STREAMS + AGENTS)
def test_a_streamed_answer_is_read_once(
    release: str, number: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    """0.25 sends the whole text once more at the end."""
    recorded = recorded_by(fake, release, number)
    found = asked(client, recorded)
    assert (found.text[: len(BEGINS)], found.text[-len(ENDS) :], found.failure) == (BEGINS, ENDS, "")
    assert found.text.count(BEGINS) == 1
    (sent,) = fake.writes
    theirs = {**recorded.sent, "model": "model", "messages": [{"role": "user", "content": ASKED[0][1]}]}
    assert (sent.path, sent.json) == (recorded.path, theirs)
    kind = target_of(recorded).kind
    assert [(one.action, one.target_names, one.outcome) for one in records] == [(f"{kind}.complete", ("Helper",), "ok")]


@pytest.mark.parametrize(("release", "number"), [("0.24.0", "0630"), ("0.25.4", "0455"), ("0.27.0", "0418")])
def test_a_whole_answer_comes_with_its_tokens(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    found, body = client.completions.ask(target_of(recorded), Wanted(ASKED, stream=False))
    assert found.text.startswith(BEGINS)
    assert found.usage is not None
    assert (found.usage.prompt, found.usage.completion, found.usage.total) == (6, 66, 72)
    assert body == recorded.raw
    assert fake.writes[0].json == recorded.sent


@pytest.mark.parametrize(
    ("release", "number", "whole"),
    [("0.24.0", "0631", "0632"), ("0.25.4", "0456", "0457"), ("0.27.0", "0419", "0420")],
)
def test_references_come_streamed_and_whole(
    release: str, number: str, whole: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    streamed = asked(client, recorded, references=True)
    assert streamed.text.count(BEGINS) == 1
    recorded = recorded_by(fake, release, whole)
    found, _body = client.completions.ask(
        target_of(recorded), Wanted(ASKED, stream=False, references=True, metadata=())
    )
    expected = recorded.body["choices"][0]["message"]["reference"]
    assert [one.source.content for one in found.references] == [row["content"] for row in expected]
    assert [one.source.id for one in streamed.references]
    assert fake.writes[1].json == recorded.sent


def test_a_reference_has_the_metadata_of_its_document(fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, "0.27.0", "0420")
    body = capture("0420", "0.27.0").body
    row = body["choices"][0]["message"]["reference"][0] | {"document_metadata": {"author": "Ada"}}
    said = {"choices": [{"message": {"content": "A.", "reference": [row, None, row]}}]}
    fake.on("POST", ".*", Reply(said))
    found, _body = client.completions.ask(target_of(recorded), Wanted(ASKED, references=True, metadata=("author",)))
    assert [one.source.document_name for one in found.references] == [row["document_name"], "", row["document_name"]]
    assert fake.writes[0].json["extra_body"]["reference_metadata"] == {"include": True, "fields": ["author"]}


@pytest.mark.parametrize(("release", "number"), [("0.24.0", "0641"), ("0.27.0", "0429"), ("0.27.0", "0879")])
def test_reasoning_is_not_the_answer(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    found = asked(client, recorded_by(fake, release, number))
    assert found.reasoning.startswith("The user asks about the dataset.")
    assert found.text.startswith(BEGINS)


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0927"), ("0.27.0", "0878")])
def test_the_error_of_a_model_is_no_answer(
    release: str, number: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    found = asked(client, recorded_by(fake, release, number))
    assert found.text == ""
    assert found.failure.startswith("INVALID_REQUEST")
    assert [one.outcome for one in records] == ["failed"]


@pytest.mark.parametrize(
    ("release", "number", "kind"),
    [
        ("0.24.0", "0638", NotFound),
        ("0.24.0", "0725", NotFound),
        ("0.27.0", "0426", NotFound),
        ("0.27.0", "0427", Rejected),
    ],
)
def test_a_refusal_is_an_error_streamed_or_not(
    release: str, number: str, kind: type[RAGFlowError], fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    with pytest.raises(kind):
        client.completions.ask(target_of(recorded), Wanted(ASKED))
    with pytest.raises(kind):
        client.completions.stream(target_of(recorded), Wanted(ASKED))


def test_a_stream_that_is_left_or_cut_off_has_failed(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    pieces = [part.encode() + b"\n\n" for part in capture("0629").body.split("\n\n")[:3]]
    fake.on("POST", ".*", Reply(pieces=pieces, content_type="text/event-stream"))
    target = target_of(capture("0629"))
    with client.completions.stream(target, Wanted(ASKED)) as stream:
        next(iter(stream))
    with client.completions.stream(target, Wanted(ASKED)) as stream, pytest.raises(StreamInterrupted):
        list(stream)
    assert [(one.outcome, one.error) for one in records] == [
        ("failed", "stopped before the end"),
        ("unknown", "RAGFlow cut off the answer."),
    ]


def test_without_a_question_nothing_is_sent(fake: FakeServer, client: RAGFlow) -> None:
    target = Target("assistant", things.ASSISTANT_ID, "Helper")
    for messages in ((), (("user", "Why?"), ("assistant", "So.")), (("user", " "),)):
        with pytest.raises(Rejected):
            client.completions.ask(target, Wanted(messages))  # type: ignore[arg-type]
    assert fake.writes == []
