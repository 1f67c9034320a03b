"""Connections to RAGFlow: base URLs, the pool, and which requests are sent again."""

from __future__ import annotations

import threading

import pytest

from dashboard.ragflow import RAGFlow, Timeouts
from dashboard.ragflow.errors import ServerError, TimedOut
from dashboard.ragflow.http import pool
from tests.ragflow.http.conftest import LIST
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply

pytestmark = pytest.mark.usefixtures("hasty")


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


def test_a_read_that_times_out_is_not_tried_again(fake: FakeServer) -> None:
    client = RAGFlow(fake.base_url, KEY, timeouts=Timeouts(read=0.2))
    gate = threading.Event()
    fake.on("GET", ".*", Reply(silent=gate, json={}))
    with pytest.raises(TimedOut):
        client.datasets.list()
    gate.set()
    assert len(fake.received) == 1


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
