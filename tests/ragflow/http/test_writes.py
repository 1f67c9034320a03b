"""A write is sent once and reported once, however it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, Timeouts, WriteRecord
from dashboard.ragflow.errors import (
    InvalidResponse,
    RAGFlowError,
    Rejected,
    ServerError,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tests.ragflow.http.conftest import HTML
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, closed_port

pytestmark = pytest.mark.usefixtures("hasty")
WRITES: dict[str, Callable[[RAGFlow], Any]] = {
    "dataset.create": lambda c: c.datasets.create(name="x"),
    "dataset.update": lambda c: c.datasets.update(things.dataset(), name="x"),
    "dataset.delete": lambda c: c.datasets.delete([things.dataset()]),
    "document.upload": lambda c: c.documents.upload(things.dataset(), "a.txt", _Bytes(b"abcd"), 4),
    "document.update": lambda c: c.documents.update(things.document(), name="x.txt"),
    "document.parse": lambda c: c.documents.parse(things.document()),
    "document.stop": lambda c: c.documents.stop(things.document()),
    "document.delete": lambda c: c.documents.delete([things.document()]),
    "chunk.add": lambda c: c.chunks.add(things.document(), "x"),
    "chunk.update": lambda c: c.chunks.update(things.chunk(), content="x"),
    "chunk.delete": lambda c: c.chunks.delete(things.document(), [things.chunk()]),
    "assistant.create": lambda c: c.chats.create(name="x"),
    "assistant.update": lambda c: c.chats.update(things.assistant(), name="x"),
    "assistant.delete": lambda c: c.chats.delete([things.assistant()]),
    "session.create": lambda c: c.sessions.create(things.assistant(), "x"),
    "session.rename": lambda c: c.sessions.rename(things.session(), "x"),
    "session.delete": lambda c: c.sessions.delete([things.session()]),
    "session.ask": lambda c: c.sessions.ask(things.session(), "why?"),
}
ENDINGS: dict[str, tuple[Reply, type[RAGFlowError], str]] = {
    "outage": (Reply(status=503, body=b"<html>", content_type="text/html"), ServerError, "unknown"),
    "exception": (Reply({"code": 100, "message": "KeyError('x')"}), ServerError, "unknown"),
    "html": (HTML, InvalidResponse, "unknown"),
    "broken off": (Reply(drop=True), Unreachable, "unknown"),
    "refused": (Reply({"code": 101, "message": "no"}), Rejected, "failed"),
    "bad key": (Reply({"code": 109, "message": "Authentication error: API key is invalid!"}), Unauthorized, "failed"),
}


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int, /) -> bytes:
        head, self._content = self._content[:size], self._content[size:]
        return head


def answer_what_is_read_first(fake: FakeServer) -> None:
    fake.on("GET", ".*/chunks", Reply(things.chunk_list(things.chunk())))
    fake.on("GET", "/api/v1/chats", Reply({"code": 0, "data": [things.assistant_row()]}))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("action", WRITES)
def test_a_write_is_sent_once_and_reported_once_however_it_ends(
    action: str, ending: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    reply, kind, outcome = ENDINGS[ending]
    answer_what_is_read_first(fake)
    for method in ("POST", "PUT", "DELETE"):
        fake.on(method, ".*", reply)
    if action == "document.delete" and ending == "exception":
        # An error of the server in mid-delete makes the client look what is left: here, everything.
        document = {"code": 0, "data": {"docs": [things.document_row()], "total": 1}}
        fake.on("GET", ".*/documents", Reply(document))
        left = client.documents.delete([things.document()])
        assert [one.id for one in left.failed] == [things.DOCUMENT_ID]
        outcome = "failed"
    elif action == "document.delete" and ending == "refused":
        fake.on("GET", ".*/documents", Reply({"code": 0, "data": {"docs": [], "total": 0}}))
        assert client.documents.delete([things.document()]).failed == ()
        outcome = "ok"
    else:
        with pytest.raises(kind) as caught:
            WRITES[action](client)
        assert caught.value.maybe_done is (outcome == "unknown")
    assert len(fake.writes) == 1
    assert [(one.action, one.outcome) for one in records] == [(action, outcome)]
    assert bool(records[0].error) is (outcome != "ok")


SUCCESSES: dict[str, Any] = {
    "dataset.create": {"id": things.DATASET_ID, "name": "x(1)", "chunk_method": "naive"},
    "dataset.update": {"id": things.DATASET_ID, "name": "x", "chunk_method": "naive"},
    "document.upload": [{"id": things.DOCUMENT_ID, "dataset_id": things.DATASET_ID, "name": "a(1).txt", "size": 4}],
    "document.update": things.document_row(name="x.txt"),
    "chunk.add": {"chunk": {"id": "c0", "content": "x", "document_id": "d", "dataset_id": "s"}},
    "assistant.create": {"id": things.ASSISTANT_ID, "name": "x", "dataset_ids": []},
    "session.create": {"id": things.SESSION_ID, "name": "x", "chat_id": things.ASSISTANT_ID, "messages": []},
}


@pytest.mark.parametrize("action", [action for action in WRITES if action != "session.ask"])
def test_a_successful_write_is_reported_once_with_its_target(
    action: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    answer_what_is_read_first(fake)
    data = {"data": SUCCESSES[action]} if action in SUCCESSES else {}
    for method in ("POST", "PUT", "DELETE"):
        fake.on(method, ".*", Reply({"code": 0, **data}))
    WRITES[action](client)
    assert [(one.action, one.outcome, one.error) for one in records] == [(action, "ok", "")]
    assert all(records[0].target_ids)
    assert records[0].target_type == action.split(".")[0]
    names = {"dataset.create": ("x(1)",), "document.upload": ("a(1).txt",), "document.delete": ("alpha.txt",)}
    assert records[0].target_names == names.get(action, records[0].target_names)
    assert KEY not in str(records)


def test_a_write_that_never_left_has_failed(records: list[WriteRecord]) -> None:
    client = RAGFlow(f"http://127.0.0.1:{closed_port()}", KEY, on_write=records.append)
    with pytest.raises(Unreachable, match="refused the connection"):
        client.documents.parse(things.document())
    assert [(one.action, one.outcome) for one in records] == [("document.parse", "failed")]


def test_a_write_without_answer_has_an_unknown_outcome(fake: FakeServer, records: list[WriteRecord]) -> None:
    client = RAGFlow(fake.base_url, KEY, timeouts=Timeouts(write=0.2), on_write=records.append)
    gate = threading.Event()
    fake.on("POST", ".*", Reply({"code": 0}, silent=gate))
    with pytest.raises(TimedOut, match="did not respond in time"):
        client.documents.parse(things.document())
    gate.set()
    assert [one.outcome for one in records] == ["unknown"]
    assert len(fake.received) == 1


def test_data_false_is_no_success_for_a_write_either(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": False, "message": "`Authorization` can't be empty"}))
    with pytest.raises(Unauthorized):
        client.documents.parse(things.document())
    assert [one.outcome for one in records] == ["failed"]
