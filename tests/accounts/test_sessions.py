"""How long a session lasts, and what caches keep of it."""

from __future__ import annotations

import time

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Server

HOUR = 3600


class Clock:
    """A clock that moves only on command."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings) -> Clock:
    settings.SESSION_IDLE_SECONDS = HOUR
    settings.SESSION_COOKIE_AGE = 10 * HOUR
    made = Clock()
    monkeypatch.setattr("dashboard.accounts.sessions.time", made)
    return made


def is_signed_in(client: Client, **headers: str) -> bool:
    return client.get("/signed-in/", headers=headers).status_code == 200


def test_use_renews_a_session(clock: Clock, viewer_client: Client) -> None:
    for _ in range(5):
        clock.now += 0.9 * HOUR
        assert is_signed_in(viewer_client)


def test_a_session_that_is_not_used_ends(clock: Clock, viewer_client: Client) -> None:
    key = viewer_client.session.session_key
    clock.now += HOUR
    assert not is_signed_in(viewer_client)
    assert not Session.objects.filter(session_key=key).exists(), "it is gone, not hidden"


def test_a_session_ends_however_much_it_is_used(clock: Clock, viewer_client: Client) -> None:
    for _ in range(11):
        clock.now += 0.9 * HOUR
        assert is_signed_in(viewer_client)
    clock.now += 0.2 * HOUR
    assert not is_signed_in(viewer_client)


def test_what_a_page_asks_by_itself_is_no_use(clock: Clock, viewer_client: Client) -> None:
    for _ in range(3):
        clock.now += 0.4 * HOUR
        answered = is_signed_in(viewer_client, **{"X-Poll": "true"})
    assert not answered


def test_a_session_from_before_there_was_a_limit_begins_now(clock: Clock, viewer_client: Client) -> None:
    session = viewer_client.session
    del session["began"], session["used"]
    session.save()
    assert is_signed_in(viewer_client)
    clock.now += HOUR
    assert not is_signed_in(viewer_client)


def test_a_session_that_ends_while_a_page_is_asked_for_is_over_and_no_error(
    clock: Clock, viewer_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += 61

    def gone(*_arguments: object, **_options: object) -> None:
        raise UpdateError

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", gone)
    assert viewer_client.get("/signed-in/").status_code == 302


def test_use_is_noted_once_a_minute_and_costs_nothing_else(clock: Clock, viewer_client: Client) -> None:
    viewer_client.get("/signed-in/")
    with CaptureQueriesContext(connection) as queries:
        viewer_client.get("/signed-in/")
    assert not [query for query in queries if "UPDATE" in query["sql"]]
    clock.now += 61
    with CaptureQueriesContext(connection) as queries:
        viewer_client.get("/signed-in/")
    assert len([query for query in queries if "UPDATE" in query["sql"]]) == 1


def test_nothing_behind_the_sign_in_is_kept_by_a_cache(viewer_client: Client, ragflow_server: Server) -> None:
    for name in ("home", "datasets:list", "overview:page"):
        url = "/" if name == "home" else ragflow_server.url(name)
        assert viewer_client.get(url)["Cache-Control"] == "private, no-store", name
    missing = viewer_client.get(ragflow_server.url("documents:list", "f" * 32))
    assert (missing.status_code, missing["Cache-Control"]) == (404, "private, no-store")
    assert viewer_client.get("/nowhere/")["Cache-Control"] == "private, no-store"
