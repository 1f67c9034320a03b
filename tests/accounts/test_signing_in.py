"""Signing in and out."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from dashboard.core.access.rights import Role
from dashboard.models import Server

PASSWORD = "a good password 1"


def sign_in(client: Client, username: str, password: str, **extra: str):
    return client.post("/sign-in/", {"username": username, "password": password}, **extra)


def test_nobody_sees_a_page_before_signing_in_and_then_gets_the_one_they_asked_for(
    client: Client, person, ragflow_server: Server
) -> None:
    person(Role.VIEWER, "vera")
    asked = ragflow_server.url("datasets:list") + "?q=handbook"
    door = client.get(asked)
    assert door.status_code == 302
    page = client.get(door["Location"])
    assert page.status_code == 200
    answer = client.post(door["Location"], {"username": "vera", "password": PASSWORD, "next": asked})
    assert answer["Location"] == asked


def test_a_wrong_password_says_so_and_keeps_the_name(client: Client, person) -> None:
    person(Role.VIEWER, "vera")
    page = sign_in(client, "vera", "wrong")
    assert page.status_code == 200
    assert b'value="vera"' in page.content
    assert b'role="alert"' in page.content
    assert "_auth_user_id" not in client.session


def test_the_way_on_never_leads_to_another_site(client: Client, person, ragflow_server: Server) -> None:
    person(Role.VIEWER, "vera")
    form = {"username": "vera", "password": PASSWORD, "next": "https://evil.example.org/"}
    assert client.post("/sign-in/", form)["Location"] == "/"


@pytest.mark.parametrize(("behind_proxy", "second_try"), [(True, 302), (False, 429)])
def test_the_address_is_the_peers_unless_a_proxy_names_it(
    person, ragflow_server: Server, behind_proxy: bool, second_try: int
) -> None:
    person(Role.VIEWER, "vera")
    with override_settings(BEHIND_PROXY=behind_proxy):
        for number in range(8):
            # what the guesser writes to the header precedes what the proxy appends
            sign_in(Client(), "vera", "guess", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}, 10.0.0.1")
        assert sign_in(Client(), "vera", PASSWORD, HTTP_X_FORWARDED_FOR="1.2.3.4, 10.0.0.1").status_code == 429
        elsewhere = sign_in(Client(), "vera", PASSWORD, HTTP_X_FORWARDED_FOR="1.2.3.4, 10.0.0.2")
    assert elsewhere.status_code == second_try


def test_signing_out_ends_the_session_and_says_so(viewer_client: Client, ragflow_server: Server) -> None:
    assert viewer_client.get("/sign-out/").status_code == 405
    page = viewer_client.post("/sign-out/", follow=True)
    assert page.redirect_chain[-1][0] == "/sign-in/"
    assert "You are signed out" in page.content.decode()
    assert viewer_client.get("/").status_code == 302


def test_signing_in_twice_leads_straight_on(viewer_client: Client, ragflow_server: Server) -> None:
    assert viewer_client.get("/sign-in/")["Location"] == "/"
    assert viewer_client.get("/")["Location"] == ragflow_server.url("overview:page")


def test_a_form_without_its_token_is_refused_with_a_sentence(person, ragflow_server: Server) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = sign_in(strict, "vera", PASSWORD)
    assert page.status_code == 403
    assert "This form is out of date" in page.content.decode()


def test_somebody_without_a_role_is_told_whom_to_ask(person, ragflow_server: Server) -> None:
    client = Client()
    client.force_login(person(None), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(ragflow_server.url("datasets:list"))
    assert page.status_code == 403
    assert "This requires the Viewer role. Ask an administrator." in page.content.decode()


def test_with_no_server_connected_the_first_page_says_how_to_connect_one(administrator_client: Client) -> None:
    page = administrator_client.get("/")
    assert page.status_code == 200
    assert f'href="{reverse("servers:add")}"' in page.content.decode()
