"""The profile: what people change about themselves, and where they are signed in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.accounts.profile import user_agents
from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, Person, Server

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a good password 1"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.fixture
def vera(person) -> User:
    return person(Role.VIEWER, "vera")


def signed_in(user: User, agent: str = "") -> Client:
    """A browser whose sign-in said ``agent``."""
    client = Client(headers={"User-Agent": agent} if agent else {})
    assert client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/signed-in/").status_code == 200


def details(**changes: str) -> dict[str, str]:
    return {"name": "", "email": "", "time_zone": "", **changes}


def test_name_and_address_are_kept_and_recorded(vera: User) -> None:
    client = signed_in(vera)
    assert client.post("/profile/", details(name="Vera Lind", email="vera@example.org")).status_code == 302
    page = client.get("/profile/").content.decode()
    assert 'value="Vera Lind"' in page
    assert 'value="vera@example.org"' in page
    entry = AuditEntry.objects.get(action="profile.update")
    assert entry.detail["after"] == {"name": "Vera Lind", "email": "vera@example.org"}
    assert client.post("/profile/", details(email="nowhere")).status_code == 422


def test_a_new_password_needs_the_present_one_and_ends_the_other_sessions(vera: User) -> None:
    here, elsewhere = signed_in(vera), signed_in(vera)
    wrong = here.post("/profile/password/", {"present_password": "guess", "password": "an even better one 3"})
    assert wrong.status_code == 422
    assert "This is not your present password" in wrong.content.decode()
    weak = here.post("/profile/password/", {"present_password": PASSWORD, "password": "vera"})
    assert weak.status_code == 422
    right = {"present_password": PASSWORD, "password": "an even better one 3"}
    assert here.post("/profile/password/", right).status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert Client().post("/sign-in/", {"username": "vera", "password": "an even better one 3"}).status_code == 302
    outcomes = AuditEntry.objects.filter(action="profile.password").order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["failed", "ok"]


def test_the_present_password_cannot_be_guessed_from_an_open_session(vera: User, settings) -> None:
    settings.SIGN_IN_MAX_PER_PAIR = 3
    client = signed_in(vera)
    for _ in range(3):
        client.post("/profile/password/", {"present_password": "guess", "password": "an even better one 3"})
    form = {"present_password": PASSWORD, "password": "an even better one 3"}
    answer = client.post("/profile/password/", form)
    assert answer.status_code == 422
    assert "Too many wrong passwords" in answer.content.decode()


def test_the_sessions_are_listed_and_each_can_be_ended(vera: User, administrator_client: Client) -> None:
    here, office, phone = signed_in(vera), signed_in(vera, FIREFOX), signed_in(vera)
    page = here.get("/profile/").content.decode()
    assert page.count("This browser") == 1
    assert page.index("This browser") < page.index("Firefox on Windows")
    ends = re.findall(r'action="(/profile/sessions/\d+/end/)"', page)
    assert len(ends) == 2
    office_end = re.findall(r'action="(/profile/sessions/\d+/end/)"', page[page.index("Firefox on Windows") :])[0]
    assert administrator_client.post(office_end).status_code == 404, "not somebody else's"
    assert here.post(office_end).status_code == 302
    assert [is_in(client) for client in (here, office, phone)] == [True, False, True]
    here.post("/profile/sessions/end/")
    assert [is_in(client) for client in (here, phone)] == [True, False]
    assert "Sign out of all others" not in here.get("/profile/").content.decode()


def test_a_session_that_signs_out_leaves_the_list(vera: User) -> None:
    here, elsewhere = signed_in(vera), signed_in(vera, FIREFOX)
    elsewhere.post("/sign-out/")
    assert "Firefox" not in here.get("/profile/").content.decode()


def test_sessions_of_the_release_before_are_listed_and_ended_too(vera: User) -> None:
    old, here = signed_in(vera), signed_in(vera)
    session = old.session
    del session["browser"], session["used"]
    session.save()
    assert is_in(old), "it is taken over with its next use"
    session = old.session
    session["began"] -= 10
    del session["browser"]
    session.save()
    here.post("/profile/sessions/end/")
    assert not is_in(old), "also one that was not used since"


def test_times_follow_the_time_zone_of_the_person(vera: User, person, ragflow_server: Server) -> None:
    client, other = signed_in(vera), signed_in(person(Role.VIEWER, "walt"))
    client.post("/profile/", details(time_zone="Asia/Tokyo"))
    Person.objects.filter(user=vera).update(seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "JST" in client.get("/profile/").content.decode()
    assert "JST" not in other.get("/profile/").content.decode()
    assert client.post("/profile/", details(time_zone="Mars/Olympus")).status_code == 422


def test_the_theme_is_kept_with_the_person(vera: User) -> None:
    client = signed_in(vera)
    assert "data-theme-choice=" not in client.get("/profile/").content.decode().partition("<body")[0]
    assert client.post("/profile/theme/", {"theme": "dark"}).status_code == 204
    assert client.post("/profile/theme/", {"theme": "pink"}).status_code == 400
    assert '<html lang="en" data-theme-choice="dark">' in signed_in(vera).get("/profile/").content.decode()


def test_about_says_what_runs_here(vera: User, ragflow_server: Server, standin, settings) -> None:
    client = signed_in(vera)
    page = client.get("/about/?server=test").content.decode()
    assert settings.VERSION in page
    assert "Apache License 2.0" in page
    assert "(Test server)" in page
    menu = page.partition("<main")[0]
    assert 'href="/profile/"' in menu
    assert 'href="/about/?server=test"' in menu
    assert 'href="/people/"' not in menu


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/26.0 Chrome/122.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari on macOS"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_are_named_in_a_few_words(header: str, said: str) -> None:
    assert user_agents.describe(header) == said
