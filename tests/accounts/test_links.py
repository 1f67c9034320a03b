"""Links with which people set their password: invitations and resets."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from dashboard.core.access.rights import Role
from dashboard.models import AccessLink, Server
from ragflow_admin.logs import WithoutLinks
from tests.support.pages.people import PASSWORD, invite, join, link_on

BACKEND = "django.contrib.auth.backends.ModelBackend"


def reset_link(client: Client, user: User) -> str:
    return link_on(client.post(f"/people/{user.pk}/link/"))


def test_somebody_who_is_invited_chooses_a_name_and_a_password_and_is_in(
    administrator_client: Client, ragflow_server: Server
) -> None:
    link = invite(administrator_client, "carla@example.org", role=2)
    page = Client().get(link)
    assert "You were invited as carla@example.org" in page.content.decode()
    assert page["Referrer-Policy"] == "strict-origin", "the address holds the token"
    browser = join(link, "carla", name="Carla Hernandez")
    assert browser.get(ragflow_server.url("datasets:create")).status_code == 200
    assert browser.get("/people/").status_code == 403
    assert Client().post("/sign-in/", {"username": "carla", "password": PASSWORD}).status_code == 302
    assert User.objects.get(username="carla").get_full_name() == "Carla Hernandez"


def test_a_link_works_once(administrator_client: Client) -> None:
    link = invite(administrator_client, "carla@example.org")
    join(link, "carla")
    for answer in (Client().get(link), Client().post(link, {"username": "mallory", "password": PASSWORD})):
        assert answer.status_code == 410
        assert "has been used" in answer.content.decode()
    assert not User.objects.filter(username="mallory").exists()


@pytest.mark.parametrize(("kind", "life"), [("invitation", timedelta(days=7)), ("reset", timedelta(hours=24))])
def test_a_link_expires(administrator_client: Client, person, kind: str, life: timedelta) -> None:
    link = (
        invite(administrator_client, "carla@example.org")
        if kind == "invitation"
        else reset_link(administrator_client, person(Role.VIEWER, "vera"))
    )
    stored = AccessLink.objects.get()
    assert abs(stored.expires_at - timezone.now() - life) < timedelta(minutes=1)
    AccessLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = Client().get(link)
    assert answer.status_code == 410
    assert "has expired" in answer.content.decode()
    if kind == "invitation":
        assert "Invitation expired" in administrator_client.get("/people/").content.decode()


def test_a_new_link_replaces_the_one_before(administrator_client: Client) -> None:
    first = invite(administrator_client, "carla@example.org")
    second = reset_link(administrator_client, User.objects.get(email="carla@example.org"))
    assert "replaced by a newer one" in Client().get(first).content.decode()
    assert second.startswith("/join/")
    join(second, "carla")


def test_only_the_hash_of_a_token_is_stored(administrator_client: Client) -> None:
    token = invite(administrator_client, "carla@example.org").split("/")[2]
    assert token not in str(list(AccessLink.objects.values()))
    assert token not in administrator_client.get("/people/").content.decode()


def test_a_reset_sets_the_password_and_ends_all_sessions(administrator_client: Client, person) -> None:
    vera = person(Role.VIEWER, "vera")
    before = Client()
    before.force_login(vera, backend=BACKEND)
    link = reset_link(administrator_client, vera)
    assert before.get("/signed-in/").status_code == 200, "until it is used, nothing changes"
    assert Client().post(link, {"password": PASSWORD})["Location"] == "/sign-in/"
    assert before.get("/signed-in/").status_code == 302
    assert Client().post("/sign-in/", {"username": "vera", "password": "a good password 1"}).status_code == 200
    assert Client().post("/sign-in/", {"username": "vera", "password": PASSWORD}).status_code == 302


def test_a_link_is_of_no_use_for_the_other_purpose(administrator_client: Client) -> None:
    link = invite(administrator_client, "carla@example.org")
    assert Client().get(link.replace("join", "reset")).status_code == 404


def test_disabling_somebody_stops_their_link(administrator_client: Client, person) -> None:
    vera = person(Role.VIEWER, "vera")
    link = reset_link(administrator_client, vera)
    administrator_client.post(f"/people/{vera.pk}/disable/")
    assert Client().post(link, {"password": PASSWORD}).status_code == 410
    answer = administrator_client.post(f"/people/{vera.pk}/link/", follow=True)
    assert "Enable it first" in answer.content.decode()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"username": "VERA", "password": PASSWORD}, "This username is taken"),
        ({"username": "carla", "password": "12345678"}, "too common"),
        ({"username": "carla-hernandez", "password": "carla-hernandez"}, "too similar to the username"),
        ({"username": "no spaces", "password": PASSWORD}, "Enter a valid username"),
    ],
)
def test_a_bad_choice_is_explained_and_the_link_still_works(
    administrator_client: Client, person, form: dict[str, str], said: str
) -> None:
    person(Role.VIEWER, "vera")
    link = invite(administrator_client, "carla@example.org")
    answer = Client().post(link, form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert form["password"] not in answer.content.decode().replace(form["username"], "")
    join(link, "carla")


def test_wrong_links_are_counted_like_wrong_passwords(administrator_client: Client, settings) -> None:
    settings.SIGN_IN_MAX_PER_ADDRESS = 3
    link = invite(administrator_client, "carla@example.org")
    assert [Client().get(f"/join/{'x' * 40}{number}/").status_code for number in range(5)] == [404, 404, 404, 429, 429]
    assert Client().get(link).status_code == 429
    assert Client().get(link, REMOTE_ADDR="10.0.0.9").status_code == 200, "others are not affected"
    assert Client().get("/sign-in/").status_code == 200


def test_an_invitation_without_a_form_token_is_refused(administrator_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(invite(administrator_client, "carla@example.org"), {"username": "x", "password": PASSWORD})
    assert answer.status_code == 403


def test_nobody_is_invited_twice(administrator_client: Client) -> None:
    invite(administrator_client, "carla@example.org")
    answer = administrator_client.post("/people/invite/", {"email": "CARLA@example.org", "role": 1})
    assert answer.status_code == 422
    assert "already in the list" in answer.content.decode()


def test_links_are_sent_where_there_is_an_e_mail_server(administrator_client: Client, settings) -> None:
    link = invite(administrator_client, "first@example.org")
    assert mail.outbox == [], "without one nothing is sent"
    settings.EMAIL_HOST = "mail.example.org"
    link = invite(administrator_client, "carla@example.org")
    assert mail.outbox[0].to == ["carla@example.org"]
    assert f"http://testserver{link}" in mail.outbox[0].body
    settings.EMAIL_BACKEND = "tests.accounts.test_links.Refusing"
    answer = administrator_client.post("/people/invite/", {"email": "third@example.org", "role": 1})
    assert "The e-mail could not be sent" in answer.content.decode()
    assert "mailbox full" in answer.content.decode()
    assert link_on(answer)


class Refusing:
    """An e-mail server that takes nothing."""

    def __init__(self, **_options: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise OSError("mailbox full")


def test_tokens_stay_out_of_the_log() -> None:
    token = "k" * 43
    record = logging.LogRecord("x", logging.INFO, "", 1, "%s %s 422", ("POST", f"/ragflow-admin/join/{token}/"), None)
    assert WithoutLinks().filter(record)
    assert record.getMessage() == "POST /ragflow-admin/join/…/ 422"
