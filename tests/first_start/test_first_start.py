"""The first start: an address from the terminal, the administrator, and the first server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from dashboard.core.access.rights import Role, rights_of
from dashboard.models import AuditEntry, Person, Server
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of

TOLD = {"username": "ada", "name": "Ada", "password": "an even better one 3", "time_zone": "Europe/Zurich"}


def printed(**options: object) -> str:
    out = io.StringIO()
    call_command("bootstrap", stdout=out, **options)
    return out.getvalue()


def address() -> str:
    return printed().split()[-1]


@pytest.fixture(autouse=True)
def fresh(db: None, settings: Any) -> Iterator[None]:
    cache.clear()
    settings.FIRST_START = True
    yield
    cache.clear()


def test_the_first_administrator_is_made_with_the_printed_address_and_signed_in(client: Client) -> None:
    path = address()
    assert path.startswith("/welcome/")
    assert "Create the administrator" in text_of(client.get(path))
    done = client.post(path, TOLD)
    assert (done.status_code, done["Location"]) == (302, reverse("servers:first"))
    ada = User.objects.get(username="ada")
    assert rights_of(ada).is_administrator
    assert Person.objects.get(user=ada).time_zone == "Europe/Zurich"
    assert client.get("/people/").status_code == 200
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "person.first",
        "person.sign-in",
    ]
    assert Client().get(path).status_code == 410, "the address works once"
    assert printed() == "", "a later start prints nothing"


def test_nothing_typed_is_lost_and_the_password_follows_the_rules(client: Client) -> None:
    path = address()
    page = client.post(path, {**TOLD, "password": "12345678"})
    assert page.status_code == 422
    assert "entirely numeric" in text_of(page)
    assert 'value="ada"' in page.content.decode()
    assert 'value="Europe/Zurich" selected' in page.content.decode()
    assert client.post(path, {**TOLD, "time_zone": "Mars/Olympus"}).status_code == 422
    assert not User.objects.exists()


def test_without_the_address_nobody_gets_in(client: Client) -> None:
    right = address()
    wrong = right[:-2] + "x/"
    assert client.get(wrong).status_code == 404
    assert client.post(wrong, TOLD).status_code == 404
    assert not User.objects.exists()
    door = client.get("/sign-in/")
    assert "This installation is not set up yet." in text_of(door)
    assert right not in door.content.decode()


def test_guessing_the_address_is_locked(client: Client, settings: Any) -> None:
    settings.SIGN_IN_MAX_PER_ADDRESS = 3
    path = address()
    for number in range(3):
        client.get(f"/welcome/guess{number}/")
    assert client.get(path).status_code == 429


def test_an_address_from_an_old_log_does_not_work_again(client: Client) -> None:
    path = address()
    client.post(path, TOLD)
    User.objects.all().delete()
    User.objects.create_user("somebody")
    assert Client().get(path).status_code == 404


def test_with_the_variables_set_there_is_no_wizard(client: Client, settings: Any) -> None:
    path = address()
    settings.FIRST_START = False
    assert client.get(path).status_code == 410
    assert "Administrator:" in printed(show_password=True)
    assert "not set up" not in text_of(Client().get("/sign-in/"))


def test_an_existing_administrator_closes_it(client: Client, person: Callable[..., User]) -> None:
    path = address()
    person(Role.ADMINISTRATOR)
    assert client.get(path).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_the_same_time_one_becomes_administrator() -> None:
    path, barrier, codes = address(), Barrier(2), []

    def take(name: str) -> None:
        browser = Client()
        barrier.wait()
        codes.append(browser.post(path, {**TOLD, "username": name}).status_code)
        connection.close()

    both = [Thread(target=take, args=(name,)) for name in ("ada", "bob")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(codes) in ([302, 404], [302, 410])
    assert User.objects.filter(is_superuser=True).count() == 1


def test_then_the_demo_is_used_where_it_runs(client: Client, standin: StandinProcess, settings: Any) -> None:
    settings.STANDIN_API_KEYS = [standin.new_key()]
    path = printed(standin=standin.base_url).split()[-1]
    client.post(path, TOLD)
    assert "Use the demo" in text_of(client.get(reverse("servers:first")))
    demo = Server.objects.get()
    assert client.post(reverse("servers:first"))["Location"] == demo.get_absolute_url()


def test_or_a_server_of_ones_own_is_connected_and_becomes_the_default(client: Client, standin: StandinProcess) -> None:
    client.post(address(), TOLD)
    page = text_of(client.get(reverse("servers:first")))
    assert "Use the demo" not in page
    assert "make run" in page
    add = f"{reverse('servers:add')}?first=yes"
    assert f'href="{add}"' in page
    assert 'name="first" value="yes"' in client.get(add).content.decode()
    given = {
        "name": "Mine",
        "base_url": standin.base_url,
        "api_key": "wrong",
        "tls": "on",
        "ca_file": "",
        "first": "yes",
    }
    refused = client.post(reverse("servers:add"), {**given, "api_key": "wrong"})
    assert refused.status_code == 422
    assert "rejected the API key" in text_of(refused)
    done = client.post(reverse("servers:add"), {**given, "api_key": standin.new_key()})
    mine = Server.objects.get()
    assert done["Location"] == mine.get_absolute_url()
    assert mine.is_default
