"""Recorded confirmations, and deletes that were done in part."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import (
    UnsafeCall,
)
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    Call,
    ids_of,
)
from tests.support.ragflow.fake_upstream import FakeServer


@pytest.mark.parametrize(
    ("number", "call"),
    [
        ("0171", lambda c: c.documents.delete([things.document(id=ids_of("0171")[0])])),
        ("0204", lambda c: c.documents.parse(things.document(id=ids_of("0204", "document_ids")[0]))),
        ("0211", lambda c: c.documents.parse(things.document(id=ids_of("0211", "document_ids")[0]))),
        ("0222", lambda c: c.documents.parse(things.document(id=ids_of("0222", "document_ids")[0]))),
        ("0234", lambda c: c.documents.parse(things.document(id=ids_of("0234", "document_ids")[0]))),
        ("0286", lambda c: c.documents.parse(things.document(id=ids_of("0286", "document_ids")[0]))),
        ("0289", lambda c: c.documents.parse(things.document(id=ids_of("0289", "document_ids")[0]))),
        ("0216", lambda c: c.documents.stop(things.document(id=ids_of("0216", "document_ids")[0]))),
        ("0274", lambda c: c.chunks.delete(things.document(), [things.chunk()])),
        ("0380", lambda c: c.chats.delete([things.assistant(id=ids_of("0380")[0])])),
        ("0406", lambda c: c.sessions.rename(things.session(), "Renamed session")),
        ("0417", lambda c: c.sessions.delete([things.session(id=ids_of("0417")[0])])),
    ],
)
def test_a_recorded_confirmation_without_data_is_success(
    number: str, call: Call, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number)
    fake.on(recorded.method, recorded.path, recorded.reply)
    call(client)
    assert [request.json for request in fake.received] == [recorded.sent]


def test_recorded_partial_deletes_are_looked_up_again(fake: FakeServer, client: RAGFlow) -> None:
    """The server reports an error for both; one is gone, one never was, and nothing is left."""
    recorded = capture("0173")
    gone, never = recorded.sent["ids"]
    fake.on("DELETE", recorded.path, recorded.reply)
    fake.on(
        "GET",
        recorded.path,
        lambda request: capture("0130").reply if "id" in request.query else capture("0106").reply,
    )
    chosen = [things.document(id=gone), things.document(id=never)]
    outcome = client.documents.delete(chosen)
    assert outcome.deleted == tuple(chosen)
    assert [request.query["id"] for request in fake.received if "id" in request.query] in (
        [[gone], [never]],
        [[never], [gone]],
    )


@pytest.mark.parametrize("number", ["0172", "0275", "0277", "0280", "0382", "0419"])
def test_a_recorded_partial_delete_tells_what_is_left(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("DELETE", recorded.path, recorded.reply)
    if number == "0172":
        fake.on("GET", ".*", capture("0106").reply)
        outcome: Any = client.documents.delete([things.document(id=ids_of(number)[0])])
    elif number in {"0275", "0277", "0280"}:
        fake.on("GET", ".*", capture("0262").reply)
        ids = ["x"] if number == "0280" else ids_of(number, "chunk_ids")
        outcome = client.chunks.delete(things.document(), [things.chunk(id=chunk_id) for chunk_id in ids])
    elif number == "0382":
        fake.on("GET", ".*", capture("0355").reply)
        outcome = client.chats.delete([things.assistant(id=chat_id) for chat_id in ids_of(number)])
    else:
        fake.on("GET", ".*", capture("0398").reply)
        outcome = client.sessions.delete([things.session(id=session_id) for session_id in ids_of(number)])
    assert outcome.failed == ()
    assert len(outcome.deleted) == (1 if number in {"0172", "0275", "0280"} else 2)
    assert len(fake.writes) == 1


def test_a_refused_call_never_reaches_the_answers_that_delete_everything(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("DELETE", ".*", capture("0179").reply)
    with pytest.raises(UnsafeCall):
        client.documents.delete([])
    assert fake.received == []
