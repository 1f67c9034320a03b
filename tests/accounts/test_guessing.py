"""Those who guess passwords: the three limits, and what strangers cannot do to the owner of a name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dashboard.core.access.rights import Role
from dashboard.models import Server

PASSWORD = "a good password 1"


@pytest.fixture
def vera(person, ragflow_server: Server) -> User:
    """Somebody with an account."""
    return person(Role.VIEWER, "vera")


def sign_in(client: Client, username: str, password: str, address: str = "10.0.0.1", **extra: str) -> HttpResponse:
    form = {"username": username, "password": password}
    return client.post("/sign-in/", form, REMOTE_ADDR=address, **extra)  # type: ignore[return-value]


def guess(number: int, username: str = "vera", network: str = "10.1.0") -> list[int]:
    """The statuses of ``number`` wrong passwords, seven from each IP address."""
    return [sign_in(Client(), username, "wrong", f"{network}.{at // 7}").status_code for at in range(number)]


def test_guessing_is_locked_out_for_that_name_and_address_alone(vera: User, person) -> None:
    person(Role.VIEWER, "viktor")
    for _ in range(7):
        assert sign_in(Client(), "vera", "wrong").status_code == 200
    locked = sign_in(Client(), "vera", "wrong")
    assert locked.status_code == 429
    assert "Try again in about 15 minutes" in locked.content.decode()
    assert 'value="vera"' in locked.content.decode()
    assert sign_in(Client(), "vera", PASSWORD).status_code == 429, "even the right password is too late"
    assert sign_in(Client(), "viktor", PASSWORD).status_code == 302
    assert sign_in(Client(), "vera", PASSWORD, "10.0.0.2").status_code == 302


def test_an_address_that_tries_many_names_is_locked_out(vera: User) -> None:
    answers = [sign_in(Client(), f"name{number}", "wrong").status_code for number in range(40)]
    assert answers.index(429) == 29
    assert set(answers[29:]) == {429}
    assert sign_in(Client(), "vera", PASSWORD).status_code == 429
    assert sign_in(Client(), "vera", PASSWORD, "10.0.0.2").status_code == 302


def test_a_network_of_ipv6_counts_as_one_address(vera: User) -> None:
    addresses = [f"2001:db8:1:2::{number:x}" for number in range(40)]
    answers = [sign_in(Client(), f"name{at}", "wrong", address).status_code for at, address in enumerate(addresses)]
    assert answers.index(429) == 29


def test_a_name_that_is_tried_from_many_addresses_is_locked_for_strangers(vera: User) -> None:
    answers = guess(126)
    assert answers.index(429) == 29
    assert set(answers[29:]) == {429}
    assert sign_in(Client(), "vera", PASSWORD, "10.9.9.9").status_code == 429


def test_strangers_cannot_lock_somebody_out_of_a_browser_they_have_used(vera: User) -> None:
    own = Client()
    assert sign_in(own, "vera", PASSWORD).status_code == 302
    own.post("/sign-out/")
    guess(60)
    # Also from the very address: the colleague at the next desk.
    for _ in range(9):
        sign_in(Client(), "vera", "wrong")
    assert sign_in(Client(), "vera", PASSWORD).status_code == 429
    assert sign_in(own, "vera", PASSWORD).status_code == 302


def test_strangers_cannot_lock_somebody_out_of_an_address_they_have_used(vera: User) -> None:
    assert sign_in(Client(), "vera", PASSWORD, "10.5.5.5").status_code == 302
    guess(60)
    assert sign_in(Client(), "vera", PASSWORD, "10.5.5.5").status_code == 302
    assert sign_in(Client(), "vera", PASSWORD, "10.5.5.6").status_code == 429


def test_a_browser_that_is_known_may_not_guess_for_ever_either(vera: User) -> None:
    own = Client()
    sign_in(own, "vera", PASSWORD)
    own.post("/sign-out/")
    answers = [sign_in(own, "vera", "wrong", f"10.2.0.{number}").status_code for number in range(10)]
    assert answers.index(429) == 7


def test_a_browser_is_known_for_the_names_that_signed_in_with_it_alone(vera: User, person) -> None:
    person(Role.VIEWER, "mallory")
    own = Client()
    sign_in(own, "mallory", PASSWORD, "10.3.3.3")
    own.post("/sign-out/")
    guess(60)
    assert sign_in(own, "vera", PASSWORD, "10.3.3.3").status_code == 429
    assert sign_in(Client(), "vera", "wrong", "10.3.3.3", HTTP_USER_AGENT="known browser 1").status_code == 429


def test_a_lock_ends_although_the_guessing_goes_on(vera: User) -> None:
    guess(60)
    begun = timezone.now() - timedelta(minutes=16)
    AccessAttempt.objects.update(attempt_time=begun)
    assert sign_in(Client(), "vera", PASSWORD, "10.9.9.9").status_code == 302


def test_what_is_tried_while_locked_does_not_draw_the_lock_out(vera: User) -> None:
    guess(60)
    last = AccessAttempt.objects.latest("attempt_time").attempt_time
    guess(60)
    assert AccessAttempt.objects.latest("attempt_time").attempt_time == last


def test_no_password_and_no_text_of_a_form_gets_into_the_table_of_failures(vera: User) -> None:
    form = {"username": "vera", "password": "hunter2 hunter2", "carried": "what was typed"}
    Client().post("/sign-in/", form)
    kept = AccessAttempt.objects.get().post_data
    assert "hunter2" not in kept
    assert "what was typed" not in kept


def test_the_numbers_are_settings(vera: User, settings) -> None:
    settings.SIGN_IN_MAX_PER_PAIR = 2
    settings.SIGN_IN_MAX_PER_ACCOUNT = 3
    settings.SIGN_IN_MAX_PER_ADDRESS = 4
    settings.SIGN_IN_LOCK_MINUTES = 1
    assert [sign_in(Client(), "vera", "wrong").status_code for _ in range(2)] == [200, 429]
    assert "in about 1 minute," in sign_in(Client(), "vera", "wrong").content.decode()
    assert sign_in(Client(), "vera", "wrong", "10.0.0.2").status_code == 429
    assert [sign_in(Client(), f"n{n}", "wrong").status_code for n in range(2)] == [200, 429]
