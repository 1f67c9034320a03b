"""A form that is sent after the session has ended: nothing that was typed is lost, and nobody else can send it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client

from dashboard.accounts.sign_in import carrying
from dashboard.core.access.rights import Role
from dashboard.models import Server
from dashboard.ragflow import RAGFlow

PASSWORD = "a good password 1"
TEXT = 'Two words,\r\na "quoted" <b> & a line'


@pytest.fixture
def carla(person) -> User:
    """Somebody who may write."""
    return person(Role.CURATOR, "carla")


def fields_of(page: Any) -> dict[str, str]:
    """The hidden fields of the page's form, by name."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: html.unescape(value) for name, value in found}


def browser() -> Client:
    """One that is held to the token against forged requests, as real ones are, and has a cookie for it."""
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    return client


def send(client: Client, url: str, form: dict[str, Any], **extra: Any) -> Any:
    return client.post(url, {**form, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}, **extra)


def sign_in(client: Client, page: Any, password: str = PASSWORD) -> Any:
    """Fills in the sign-in form of the page."""
    return client.post("/sign-in/", {**fields_of(page), "username": "carla", "password": password})


def test_what_was_typed_into_a_form_comes_through_signing_in(
    carla: User, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    url = ragflow_server.url("datasets:create")
    client = browser()
    form = {"name": "Kept", "description": TEXT, "permission": "me", "chunk_method": "naive"}
    page = send(client, url, form, HTTP_REFERER=f"http://testserver{url}")
    assert page.status_code == 401
    assert "You are signed out." in page.content.decode()
    assert "private, no-store" in page["Cache-Control"]
    # A wrong password on the way does not lose it.
    page = sign_in(client, page, "wrong")
    assert "_auth_user_id" not in client.session
    asked = sign_in(client, page)
    assert asked.status_code == 200
    assert "Submit your input?" in asked.content.decode()
    assert html.escape(TEXT.replace("\r\n", "\r\n")) in asked.content.decode()
    assert ragflow.datasets.list().items == (), "nothing is sent before somebody says so"
    assert f'action="{url}"' in asked.content.decode()
    assert f'href="http://testserver{url}"' in asked.content.decode()
    fields = fields_of(asked)
    assert fields["description"] == TEXT
    assert client.post(url, fields).status_code == 302
    assert [dataset.name for dataset in ragflow.datasets.list()] == ["Kept"]


def test_too_many_wrong_passwords_do_not_lose_it_either(carla: User, ragflow_server: Server) -> None:
    client = browser()
    page = send(client, ragflow_server.url("datasets:create"), {"description": TEXT})
    for _ in range(9):
        page = sign_in(client, page, "wrong")
    assert page.status_code == 429
    assert fields_of(page)["carried"]


def test_passwords_and_tokens_are_never_carried(carla: User, ragflow_server: Server) -> None:
    client = browser()
    form = {"name": "two words", "new_password1": "hunter2 hunter2", "api_key": "ragflow-1", "chunk_token_num": "64"}
    page = send(client, ragflow_server.url("datasets:create"), form)
    held = signing.loads(fields_of(page)["carried"], salt=carrying.SALT)
    assert {name for name, _value in held["fields"]} == {"name", "chunk_token_num"}
    assert "hunter2" not in page.content.decode()


def test_files_have_to_be_chosen_again_and_are_named(carla: User, ragflow_server: Server) -> None:
    client = browser()
    picture = {"name": "two words", "picture": open("static/img/icon.svg", "rb")}  # noqa: SIM115
    asked = sign_in(client, send(client, ragflow_server.url("datasets:create"), picture))
    assert "Choose them again: icon.svg" in asked.content.decode()


def test_a_form_counts_only_in_the_browser_that_sent_it(carla: User, ragflow_server: Server) -> None:
    """Otherwise a stranger could make a signed-in user send what the stranger wrote."""
    stranger, victim = browser(), browser()
    page = send(stranger, ragflow_server.url("datasets:create"), {"description": TEXT})
    foreign = fields_of(page)["carried"]
    form = {"username": "carla", "password": PASSWORD, "carried": foreign}
    assert send(victim, "/sign-in/", form)["Location"] == "/"
    # Signed in already, and the stranger's page sends the form without a token.
    assert victim.post("/sign-in/", form)["Location"] == "/"


@pytest.mark.parametrize("forged", ["", "x", "eyJhIjoxfQ:1abc:def"])
def test_a_forged_form_is_as_if_there_were_none(carla: User, ragflow_server: Server, forged: str) -> None:
    client = browser()
    form = {"username": "carla", "password": PASSWORD, "carried": forged}
    assert send(client, "/sign-in/", form)["Location"] == "/"


def test_a_form_from_another_site_is_not_carried(carla: User, ragflow_server: Server) -> None:
    page = browser().post(ragflow_server.url("datasets:create"), {"description": TEXT})
    assert page.status_code == 403
    assert "carried" not in fields_of(page)


def test_ticked_rows_and_a_yes_lead_back_to_their_page(carla: User, ragflow_server: Server) -> None:
    client, url = browser(), ragflow_server.url("datasets:list")
    answer = send(
        client, ragflow_server.url("datasets:delete"), {"id": "f" * 32}, HTTP_REFERER=f"http://testserver{url}"
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=http")
    onwards = client.get(answer["Location"])
    assert sign_in(client, onwards)["Location"] == f"http://testserver{url}"


def test_a_second_sign_in_tab_goes_on_when_somebody_is_signed_in_already(carla: User, ragflow_server: Server) -> None:
    client, wanted = browser(), ragflow_server.url("datasets:list")
    second = client.get(f"/sign-in/?next={wanted}")
    sign_in(client, client.get("/sign-in/"))
    # The token of the second tab is that of before the first one signed in.
    assert sign_in(client, second)["Location"] == wanted
    assert client.get(f"/sign-in/?next={wanted}")["Location"] == wanted


def test_an_old_sign_in_form_is_shown_again_with_what_it_carried(carla: User, ragflow_server: Server) -> None:
    client = browser()
    page = send(client, ragflow_server.url("datasets:create"), {"description": TEXT})
    elsewhere = sign_in(client, client.get("/sign-in/"))
    assert elsewhere.status_code == 302
    send(client, "/sign-out/", {})
    again = sign_in(client, page)
    assert again.status_code == 403
    assert "This form is out of date" in again.content.decode()
    assert "Submit your input?" in sign_in(client, again).content.decode()


def test_a_form_that_is_out_of_date_gives_back_what_was_written(carla: User, ragflow_server: Server) -> None:
    """Without script: signed in again in another tab, so the token of the form is an old one."""
    client = browser()
    old = client.cookies["csrftoken"].value
    sign_in(client, client.get("/sign-in/"))
    form = {"description": TEXT, "csrfmiddlewaretoken": old}
    page = client.post(ragflow_server.url("datasets:create"), form)
    assert page.status_code == 403
    assert "Your input" in page.content.decode()
    assert html.escape(TEXT) in page.content.decode()


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_script_is_told_that_nobody_is_signed_in(
    client: Client, ragflow_server: Server, headers: dict[str, str], method: str
) -> None:
    answer = client.generic(method, ragflow_server.url("datasets:list"), headers=headers)
    assert answer.status_code == 401
    assert "Location" not in answer


def test_a_script_without_any_cookie_is_told_so_too(ragflow_server: Server) -> None:
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(ragflow_server.url("datasets:create"), headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 401


def test_whether_somebody_is_signed_in_can_be_asked(client: Client, viewer_client: Client) -> None:
    assert client.get("/session/", headers={"X-Requested-With": "fetch"}).status_code == 401
    assert viewer_client.get("/session/", headers={"X-Requested-With": "fetch"}).status_code == 204
