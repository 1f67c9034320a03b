"""Timeouts, retries, the pool, the key, and answers that are not RAGFlow's."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, Timeouts, WriteRecord
from dashboard.ragflow.errors import (
    InvalidResponse,
    NotFound,
    RAGFlowError,
    Rejected,
    ServerError,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from dashboard.ragflow.http import pool, transport
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, closed_port

LIST = Reply({"code": 0, "data": [], "total_datasets": 0})
HTML = Reply(body=b"<html><h1>Welcome to nginx</h1></html>", content_type="text/html")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", (0.001, 0.001))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_tried_again_when_the_proxy_reports_an_outage(status: int, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(status=status, body=b"<html>", content_type="text/html"), LIST)
    assert client.datasets.list().total == 0
    assert len(fake.received) == 2


def test_a_read_is_tried_again_when_the_connection_breaks(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(drop=True), Reply(drop=True), LIST)
    assert client.datasets.list().total == 0
    assert len(fake.received) == 3


def test_a_read_is_given_up_after_the_third_time(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(status=503, body=b"<html>", content_type="text/html"))
    with pytest.raises(ServerError) as caught:
        client.datasets.list()
    assert caught.value.status == 503
    assert len(fake.received) == 3


def test_an_error_of_the_server_itself_is_not_tried_again(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 100, "message": "KeyError('x')"}, status=500))
    with pytest.raises(ServerError, match="KeyError"):
        client.datasets.list()
    assert len(fake.received) == 1


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


def test_a_read_that_times_out_is_not_tried_again(fake: FakeServer) -> None:
    client = RAGFlow(fake.base_url, KEY, timeouts=Timeouts(read=0.2))
    gate = threading.Event()
    fake.on("GET", ".*", Reply(silent=gate, json={}))
    with pytest.raises(TimedOut):
        client.datasets.list()
    gate.set()
    assert len(fake.received) == 1


GARBLED: dict[str, Reply] = {
    "html": HTML,
    "half json": Reply(body=b'{"code":0,"data":[{"id":"75'),
    "nothing": Reply(body=b""),
    "a list": Reply(body=b"[]"),
    "a text": Reply(body=b'"pong"'),
    "null": Reply(body=b"null"),
    "no code": Reply({"data": []}),
    "a code in words": Reply({"code": "0", "data": []}),
    "json called text": Reply(body=b'{"code":0,"data":[]}', content_type="text/plain"),
    "another shape": Reply({"code": 0, "data": {"docs": []}}),
    "no data": Reply({"code": 0}),
    "rows without id": Reply({"code": 0, "data": [{"name": "x"}]}),
    "a redirect": Reply(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"}, body=b""),
}


@pytest.mark.parametrize("name", GARBLED)
def test_an_answer_that_is_not_ragflows_is_garbled(name: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", GARBLED[name])
    with pytest.raises(InvalidResponse) as caught:
        client.datasets.list()
    assert (caught.value.method, caught.value.path) == ("GET", "/api/v1/datasets")
    assert caught.value.base_url == fake.base_url
    assert len(caught.value.excerpt) <= 200
    assert len(fake.received) == 1


def test_the_beginning_of_a_garbled_answer_is_kept(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", HTML)
    with pytest.raises(InvalidResponse) as caught:
        client.datasets.list()
    assert caught.value.excerpt == "<html><h1>Welcome to nginx</h1></html>"
    assert "text/html" in caught.value.message


STATUSES: dict[str, tuple[Reply, type[RAGFlowError]]] = {
    "500 html": (Reply(status=500, body=b"<html>", content_type="text/html"), ServerError),
    "500 json": (Reply({"code": 100, "message": "boom"}, status=500), ServerError),
    "404 html": (Reply(status=404, body=b"<html>", content_type="text/html"), NotFound),
    "413 html": (Reply(status=413, body=b"<html>", content_type="text/html"), Rejected),
    "400 json": (Reply({"code": 400, "message": "no"}, status=400), Rejected),
    "mixed models": (Reply({"code": 109, "message": 'Datasets use different embedding models."'}), Rejected),
    "not ours": (Reply({"code": 109, "message": "No authorization."}), NotFound),
    "a name that looks like an error": (
        Reply({"code": 102, "message": "Dataset name 'Document not found' already exists"}),
        Rejected,
    ),
}


@pytest.mark.parametrize("name", STATUSES)
def test_status_and_code_decide_the_error(name: str, fake: FakeServer, client: RAGFlow) -> None:
    reply, kind = STATUSES[name]
    fake.on("GET", ".*", reply)
    with pytest.raises(RAGFlowError) as caught:
        client.datasets.list()
    assert type(caught.value) is kind


def test_a_false_alarm_about_the_key_is_found_out(fake: FakeServer, client: RAGFlow) -> None:
    """RAGFlow answers 401 also when a model provider refused its own key."""
    fake.on("GET", "/api/v1/chats", Reply({"code": 401, "message": "Unauthorized"}, status=401))
    fake.on("GET", "/api/v1/datasets", LIST)
    with pytest.raises(ServerError, match="Your API key is valid"):
        client.chats.list()
    assert fake.asked == [("GET", "/api/v1/chats"), ("GET", "/api/v1/datasets")]


def test_a_confirmed_alarm_about_the_key_is_believed(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 401, "message": "Unauthorized"}, status=401))
    with pytest.raises(Unauthorized):
        client.chats.list()


def test_success_without_data_is_an_alarm_about_the_key(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 0, "data": False, "message": "`Authorization` can't be empty"}))
    with pytest.raises(Unauthorized):
        client.datasets.list()
    assert len(fake.received) == 1
    fake.on("GET", ".*", Reply({"code": 0, "data": False}))
    with pytest.raises(Unauthorized):
        client.datasets.list()


def test_success_without_data_is_garbled_when_the_key_is_good(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/chats", Reply({"code": 0, "data": False}))
    fake.on("GET", "/api/v1/datasets", LIST)
    with pytest.raises(InvalidResponse):
        client.chats.list()


def test_data_false_is_no_success_for_a_write_either(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": False, "message": "`Authorization` can't be empty"}))
    with pytest.raises(Unauthorized):
        client.documents.parse(things.document())
    assert [one.outcome for one in records] == ["failed"]


def test_the_key_check_wants_a_list(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", LIST)
    assert client.system.check_key() is True
    assert fake.received[0].query == {"page": ["1"], "page_size": ["1"]}
    fake.on("GET", ".*", Reply({"code": 0, "data": False, "message": "`Authorization` can't be empty"}))
    assert client.system.check_key() is False
    fake.on("GET", ".*", Reply({"code": 109, "data": False, "message": "Authentication error: API key is invalid!"}))
    assert client.system.check_key() is False


def test_the_key_travels_in_a_header_only(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", LIST)
    client.datasets.list()
    assert fake.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(fake.received[0].query) + fake.received[0].path


def test_the_key_is_never_shown(fake: FakeServer, client: RAGFlow, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = [repr(client), str(client), repr(vars(client)), repr(vars(client.datasets))]
    seen.append(repr(vars(vars(client.datasets)["_transport"])))
    echo = Reply(status=500, body=f"you sent Bearer {KEY}".encode(), content_type="text/plain")
    says = Reply({"code": 102, "message": f"what is {KEY}?"})
    for reply in (echo, says, Reply(drop=True), HTML):
        fake.on("GET", ".*", reply)
        with pytest.raises(RAGFlowError) as caught:
            client.datasets.list()
        error = caught.value
        seen += [repr(error), str(error), repr(vars(error)), repr(error.args)]
        if reply not in (echo, says):
            # With the local variables of the client's frames, as error pages and reporters show them.
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            seen += [str(frame.locals) for frame in told.stack if "/tests/" not in frame.filename]
            assert told.__cause__ is None
            assert error.__suppress_context__
    assert any("you sent Bearer …" in text for text in seen)
    assert KEY not in "\n".join([*seen, caplog.text])


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str, fake: FakeServer) -> None:
    fake.on("GET", ".*", LIST)
    with pytest.raises(Unauthorized) as caught:
        RAGFlow(fake.base_url, key).datasets.list()
    assert not key or key not in caught.value.message
    assert fake.received == []


@pytest.mark.parametrize("address", ["", "ragflow:9380", "ftp://x", "http://", "http://user:word@host", "http://x?a=b"])
def test_a_bad_base_url_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base URL must"):
        RAGFlow(address, KEY)


def test_the_pool_is_shared_by_clients_and_threads(fake: FakeServer) -> None:
    fake.on("GET", ".*", LIST)
    for number in range(4):
        RAGFlow(f"{fake.base_url}/", f"key-{number}").datasets.list()
    assert len({request.port for request in fake.received}) == 1

    def read() -> None:
        RAGFlow(fake.base_url, KEY).datasets.list()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    assert len({request.port for request in fake.received}) == 1
    assert pool.shared_session(fake.base_url, True) is pool.shared_session(fake.base_url, True)
    assert pool.shared_session(fake.base_url, True) is not pool.shared_session(fake.base_url, False)


def test_the_pool_never_makes_a_caller_wait(fake: FakeServer, client: RAGFlow) -> None:
    adapter = pool.shared_session(fake.base_url, True).get_adapter(fake.base_url)
    state = adapter.__getstate__()  # type: ignore[attr-defined]
    assert state["_pool_block"] is False
    assert state["_pool_maxsize"] >= 1000
    assert state["max_retries"].total == 0


def test_cookies_of_one_key_do_not_travel_with_another(fake: FakeServer) -> None:
    fake.on("GET", ".*", Reply(LIST.json, headers={"Set-Cookie": "session=of-the-first"}))
    RAGFlow(fake.base_url, "first").datasets.list()
    RAGFlow(fake.base_url, "second").datasets.list()
    assert "cookie" not in fake.received[1].headers


def test_the_health_of_a_sick_server_is_an_answer(fake: FakeServer, client: RAGFlow) -> None:
    sick = {"db": "ok", "redis": "nok", "doc_engine": "ok", "storage": "ok", "status": "nok", "_meta": {"redis": {}}}
    fake.on("GET", "/v1/system/healthz", Reply(sick, status=500))
    health = client.system.health()
    assert health.ok is False
    assert health.parts["redis"] == "nok"
    assert len(fake.received) == 1


def test_a_health_probe_that_is_none_is_garbled(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/v1/system/healthz", HTML)
    with pytest.raises(InvalidResponse):
        client.system.health()


def test_the_version_is_asked_once(fake: FakeServer) -> None:
    fake.on("GET", "/api/v1/system/version", Reply({"code": 404, "message": "Not Found"}, status=404))
    fake.on("GET", "/v1/system/version", Reply({"code": 0, "data": "v0.24.0 slim", "message": "success"}))
    for key in ("first", "second"):
        version = RAGFlow(fake.base_url, key).system.version()
        assert (str(version), version.release, version.adapter) == ("v0.24.0 slim", (0, 24), "0.24")
    assert fake.asked == [("GET", "/api/v1/system/version"), ("GET", "/v1/system/version")]


def test_a_version_that_was_not_told_is_asked_again(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/system/version", HTML, Reply({"code": 0, "data": "v0.25.4"}))
    with pytest.raises(InvalidResponse):
        client.system.version()
    assert client.system.version().release == (0, 25)


def test_a_dataset_that_was_never_parsed_has_no_chunks(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 100, "message": "No chunk found, please upload file and parse it."}))
    page = client.chunks.list(things.document())
    assert (page.items, page.total, page.document) == ((), 0, things.document())


def test_all_datasets_are_walked_page_by_page(fake: FakeServer, client: RAGFlow) -> None:
    def page(request: Any) -> Reply:
        number = int(request.query["page"][0])
        count = 100 if number < 3 else 7
        rows = [{"id": f"{number:02x}{i:030x}", "name": f"{number}-{i}", "chunk_method": "naive"} for i in range(count)]
        return Reply({"code": 0, "data": rows, "total_datasets": 207})

    fake.on("GET", "/api/v1/datasets", page)
    assert len({dataset.id for dataset in client.datasets.walk()}) == 207
    assert [request.query["page"] for request in fake.received] == [["1"], ["2"], ["3"]]
    assert {request.query["page_size"][0] for request in fake.received} == {"100"}
