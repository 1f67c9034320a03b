"""Recorded answers about the server itself, and exchanges that the client never makes."""

from __future__ import annotations

import msgspec
import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import (
    InvalidResponse,
    NotFound,
    RAGFlowError,
    Rejected,
    ServerError,
    Unauthorized,
)
from dashboard.ragflow.http import envelope
from tests.support.ragflow.captures import capture
from tests.support.ragflow.fake_upstream import FakeServer


def test_the_recorded_health_is_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0011").path, capture("0011").reply)
    health = client.system.health()
    assert health.ok is True
    assert health.parts == {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok"}
    assert "authorization" not in fake.received[0].headers


def test_the_recorded_models_are_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0018").path, capture("0018").reply)
    models = client.system.models()
    assert len(models) == 7
    assert [model.id for model in client.system.models("rerank")] == ["fake-rerank___OpenAI-API@OpenAI-API-Compatible"]
    assert fake.received[1].query == {"model_type": ["rerank"]}
    assert (models[0].name, models[0].provider, models[0].type) == ("BAAI/bge-m3", "Builtin", "embedding")
    assert models[0].available is True


def test_the_recorded_defaults_are_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0019").path, capture("0019").reply)
    defaults = client.system.defaults()
    assert defaults.chat_model == "fake-chat___OpenAI-API@OpenAI-API-Compatible"
    assert defaults.embedding_model == "BAAI/bge-small-en-v1.5@Builtin"
    assert defaults.tts_model == ""


ENVELOPE_ERRORS: dict[str, type[RAGFlowError]] = {
    "0005": Unauthorized,
    "0007": Unauthorized,
    "0008": Unauthorized,
    "0009": NotFound,
    "0010": ServerError,
    "0012": InvalidResponse,
    "0027": Rejected,
    "0031": Rejected,
    "0036": Rejected,
    "0039": Rejected,
    "0042": Rejected,
    "0043": Rejected,
    "0046": Rejected,
    "0047": Rejected,
    "0048": Rejected,
    "0067": NotFound,
    "0069": NotFound,
    "0070": Rejected,
    "0071": Rejected,
    "0072": Rejected,
    "0074": Rejected,
    "0075": Rejected,
    "0078": ServerError,
    "0085": Rejected,
    "0089": NotFound,
    "0090": Rejected,
    "0097": Rejected,
    "0098": Rejected,
    "0101": Rejected,
    "0102": Rejected,
    "0103": Rejected,
    "0104": Rejected,
    "0110": Rejected,
    "0112": Rejected,
    "0116": Rejected,
    "0125": ServerError,
    "0132": NotFound,
    "0141": Rejected,
    "0147": ServerError,
    "0150": Rejected,
    "0161": Rejected,
    "0162": Rejected,
    "0170": Unauthorized,
    "0175": NotFound,
    "0191": Rejected,
    "0192": Rejected,
    "0195": Rejected,
    "0196": Rejected,
    "0207": NotFound,
    "0238": ServerError,
    "0241": ServerError,
    "0242": ServerError,
    "0253": Rejected,
    "0254": Rejected,
    "0255": Rejected,
    "0256": ServerError,
    "0269": Rejected,
    "0271": NotFound,
    "0272": NotFound,
    "0315": Rejected,
    "0318": Rejected,
    "0320": Rejected,
    "0322": Rejected,
    "0327": ServerError,
    "0328": ServerError,
    "0338": Rejected,
    "0343": NotFound,
    "0354": NotFound,
    "0357": ServerError,
    "0372": NotFound,
    "0374": ServerError,
    "0401": ServerError,
    "0408": Rejected,
    "0409": Rejected,
    "0410": Rejected,
    "0411": ServerError,
    "0610": ServerError,
    "0613": NotFound,
    "0615": NotFound,
}


@pytest.mark.parametrize("number", ENVELOPE_ERRORS)
def test_the_envelope_of_another_recorded_refusal_is_understood(number: str) -> None:
    recorded = capture(number)
    with pytest.raises(RAGFlowError) as caught:
        envelope.read(recorded.status, recorded.content_type, recorded.raw)
    assert type(caught.value) is ENVELOPE_ERRORS[number]
    assert caught.value.status == recorded.status


# Successes of calls the client does not make; the first ones are why: "nothing" meant "everything".
ENVELOPE_SUCCESSES = {
    **dict.fromkeys(["0099", "0179", "0182", "0185", "0188", "0282", "0284", "0287"], "deletes without ids"),
    **dict.fromkeys(["0065", "0131", "0353", "0395", "0397", "0399"], "filters the client has no use for"),
    **dict.fromkeys(["0084", "0153", "0160", "0163", "0164", "0268", "0267", "0270"], "updates that change nothing"),
    "0076": "a page of a size that only 0.24 accepts",
    **dict.fromkeys(["0123", "0124", "0239", "0356", "0400"], "pages that do not exist"),
    **dict.fromkeys(
        ["0108", "0178", "0181", "0184", "0187", "0198", "0203", "0229", "0174", "0278", "0383", "0420"],
        "several at once, or twice",
    ),
    **dict.fromkeys(["0133", "0135", "0139", "0140", "0232"], "document filters the client does not offer"),
    **dict.fromkeys(["0348", "0349", "0386", "0391"], "fields the client does not send"),
    **dict.fromkeys(["0365", "0367", "0368", "0375", "0598"], "assistant updates as the client never sends them"),
    **dict.fromkeys(["0605", "0608", "0611", "0618", "0619", "0621", "0623", "0627"], "answers in one piece"),
}


@pytest.mark.parametrize("number", ENVELOPE_SUCCESSES)
def test_the_envelope_of_another_recorded_success_is_understood(number: str) -> None:
    recorded = capture(number)
    answer = envelope.read(recorded.status, recorded.content_type, recorded.raw)
    assert answer.empty is ("data" not in recorded.body)


@pytest.mark.parametrize("number", ["0607", "0609", "0620"])
def test_a_question_without_session_only_got_the_opener(number: str) -> None:
    """Why the client cannot ask without a session: the question is thrown away, and it looks like success."""
    recorded = capture(number)
    assert "Hi! How can I help?" in recorded.body
    assert recorded.body.endswith('"data": true}\n\n')
    with pytest.raises(InvalidResponse):
        envelope.read(recorded.status, recorded.content_type, recorded.raw)


def test_half_a_pair_of_utf_16_and_nul_do_not_hide_the_whole_answer() -> None:
    body = rb'{"code": 0, "data": ["a \ud800 b", "\ud83d\ude00", "\\ud800", "\udc00\u0000"]}'
    answer = envelope.read(200, "application/json", body)
    assert msgspec.json.decode(answer.data) == ["a \ufffd b", "\U0001f600", "\\ud800", "\ufffd\ufffd"]
