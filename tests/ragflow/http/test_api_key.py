"""The API key: where it is sent, that it is never shown, and when it counts as refused."""

from __future__ import annotations

import logging
import traceback

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import InvalidResponse, RAGFlowError, ServerError, Unauthorized
from tests.ragflow.http.conftest import HTML, LIST
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply

pytestmark = pytest.mark.usefixtures("hasty")


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
    seen += [repr(vars(part)) for part in vars(client.datasets).values() if hasattr(part, "__dict__")]
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


def test_cookies_of_one_key_do_not_travel_with_another(fake: FakeServer) -> None:
    fake.on("GET", ".*", Reply(LIST.json, headers={"Set-Cookie": "session=of-the-first"}))
    RAGFlow(fake.base_url, "first").datasets.list()
    RAGFlow(fake.base_url, "second").datasets.list()
    assert "cookie" not in fake.received[1].headers
