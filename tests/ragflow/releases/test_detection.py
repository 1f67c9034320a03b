"""Which release a server is, and that an upgrade is noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import InvalidResponse, NotFound, Upgraded
from dashboard.ragflow.releases import detection
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.fake_upstream import FakeServer, Reply

VERSION, OLD_VERSION, LANGUAGE = "/api/v1/system/version", "/v1/system/version", "/api/v1/language"
MISSING = Reply({"code": 404, "message": "Not Found"}, status=404)
PARSE = "/api/v1/datasets/.*/chunks"


def told(data: object) -> Reply:
    return Reply({"code": 0, "data": data, "message": "success"})


@pytest.fixture
def upgrade(fake: FakeServer, client: RAGFlow, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The client has met a 0.24; calling this makes it a 0.27, long enough afterwards to be asked again."""
    fake.on("GET", VERSION, MISSING)
    fake.on("GET", OLD_VERSION, told("v0.24.0"))
    fake.on("GET", LANGUAGE, MISSING)
    assert client.release().number == (0, 24, 0)

    def become_027() -> None:
        fake.on("GET", VERSION, told("v0.27.0"))
        fake.on("GET", LANGUAGE, told({"language": "python"}))
        monkeypatch.setattr(detection, "WRITES", 0.0)
        monkeypatch.setattr(detection, "DOUBTS", 0.0)
        fake.received.clear()

    return become_027


def test_the_release_is_asked_once_for_all_clients_of_a_server(fake: FakeServer) -> None:
    fake.on("GET", VERSION, MISSING)
    fake.on("GET", OLD_VERSION, told("v0.24.0 slim"))
    for key in ("first", "second"):
        release = RAGFlow(fake.base_url, key).release()
        assert (str(release), release.number, release.is_guessed) == ("v0.24.0 slim", (0, 24, 0), False)
    assert fake.asked == [("GET", VERSION), ("GET", OLD_VERSION)]


def test_a_release_that_was_not_told_is_asked_again(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", VERSION, Reply(body=b"<html>", content_type="text/html"), told("v0.25.4"))
    with pytest.raises(InvalidResponse):
        client.release()
    assert client.release().number == (0, 25, 4)


def test_a_release_newer_than_all_known_is_spoken_to_as_the_newest(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.31.2"
    assert client.release().is_newer
    assert client.can("compilation templates")


@pytest.mark.parametrize(
    ("has", "number"),
    [
        ((), (0, 24, 0)),
        ((VERSION,), (0, 25, 6)),
        ((VERSION, "/api/v1/models"), (0, 26, 0)),
        ((VERSION, "/api/v1/models", LANGUAGE), (0, 27, 0)),
    ],
)
def test_a_git_hash_is_known_by_the_routes_it_has(
    fake: FakeServer, client: RAGFlow, has: tuple[str, ...], number: tuple[int, int, int]
) -> None:
    fake.on("GET", OLD_VERSION, capture("0013").reply)
    for path in (VERSION, "/api/v1/models", LANGUAGE):
        fake.on("GET", path, MISSING)
    for path in has:
        fake.on("GET", path, told("392ec9965" if path == VERSION else {"language": "python"}))
    release = client.release()
    assert (str(release), release.number, release.is_guessed) == ("392ec9965", number, True)


def test_the_server_written_in_go_says_so(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", VERSION, told("v0.27.0"))
    fake.on("GET", LANGUAGE, told({"language": "go"}))
    assert client.release().implementation == "go"


def test_a_write_composed_for_the_old_release_is_not_sent(
    upgrade: Callable[[], None], fake: FakeServer, client: RAGFlow
) -> None:
    upgrade()
    with pytest.raises(Upgraded, match=r"from v0\.24\.0 to v0\.27\.0"):
        client.documents.parse(things.document())
    assert fake.writes == []


def test_after_the_notice_the_write_goes_through(
    upgrade: Callable[[], None], fake: FakeServer, client: RAGFlow
) -> None:
    upgrade()
    fake.on("POST", ".*", Reply({"code": 0}))
    with pytest.raises(Upgraded):
        client.documents.parse(things.document())
    client.documents.parse(things.document())
    assert len(fake.writes) == 1


def test_a_missing_route_is_explained_by_an_upgrade(
    upgrade: Callable[[], None], fake: FakeServer, client: RAGFlow
) -> None:
    fake.on("GET", "/v1/llm/list", MISSING)
    upgrade()
    with pytest.raises(Upgraded):
        client.system.models()


def test_without_an_upgrade_a_missing_route_stays_one(fake: FakeServer, client: RAGFlow) -> None:
    assert client.release().number == (0, 24, 0)
    fake.on("GET", "/v1/llm/list", MISSING)
    with pytest.raises(NotFound):
        client.system.models()
