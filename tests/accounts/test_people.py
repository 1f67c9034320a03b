"""The list of people, and what an administrator does with their accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, QuestionSet, Server, SessionOwner
from tests.support.pages.people import PASSWORD, invite, join

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def is_in(client: Client) -> bool:
    return client.get("/signed-in/").status_code == 200


def names_on(client: Client, query: str = "") -> list[str]:
    """The names in the list, in their order."""
    page = client.get(f"/people/{query}").content.decode()
    return re.findall(r'<a class="ra-clip ra-block" href="/people/\d+/" title="([^"]*)"', page)


def edited(user: User, **changes: object) -> dict[str, object]:
    return {"name": user.get_full_name(), "email": user.email, "role": 2, **changes}


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_the_list_is_searched_sorted_and_paged(administrator_client: Client, person) -> None:
    for number in range(30):
        person(Role.VIEWER, f"viewer{number:02}")
    invite(administrator_client, "zoe@example.org")
    everybody = [*names_on(administrator_client), *names_on(administrator_client, "?page=2")]
    assert everybody == ["administrator", *(f"viewer{number:02}" for number in range(30)), "zoe@example.org"]
    assert names_on(administrator_client, "?sort=-name&page=2")[-1] == "administrator"
    assert names_on(administrator_client, "?q=viewer+07") == ["viewer07"]
    assert names_on(administrator_client, "?sort=-role")[0] == "administrator"
    assert names_on(administrator_client, "?status=invited") == ["zoe@example.org"]
    assert names_on(administrator_client, "?q=invited-") == [], "the username of somebody invited is not theirs"


def test_the_list_says_who_was_seen_and_who_may_not_sign_in(administrator_client: Client, person) -> None:
    carla = person(Role.CURATOR, "carla")
    assert ">never<" in administrator_client.get("/people/?q=carla").content.decode()
    is_in(signed_in(carla))
    assert "just now" in administrator_client.get("/people/?q=carla").content.decode()
    administrator_client.post(f"/people/{carla.pk}/disable/")
    assert names_on(administrator_client, "?status=disabled") == ["carla"]


def test_a_disabled_person_is_out_at_the_next_request_and_stays_out(administrator_client: Client, person) -> None:
    carla = person(Role.CURATOR, "carla")
    client = signed_in(carla)
    assert is_in(client)
    administrator_client.post(f"/people/{carla.pk}/disable/")
    assert not is_in(client)
    again = Client().post("/sign-in/", {"username": "carla", "password": "a good password 1"})
    assert again.status_code == 200
    administrator_client.post(f"/people/{carla.pk}/enable/")
    assert not is_in(client), "the session does not come back"
    assert Client().post("/sign-in/", {"username": "carla", "password": "a good password 1"}).status_code == 302


def test_a_demoted_person_loses_rights_and_sessions_at_once(
    administrator_client: Client, person, ragflow_server: Server
) -> None:
    carla = person(Role.CURATOR, "carla")
    client = signed_in(carla)
    administrator_client.post(f"/people/{carla.pk}/", edited(carla, role=1))
    assert not is_in(client)
    assert signed_in(carla).get(ragflow_server.url("datasets:create")).status_code == 403


def test_more_rights_need_no_new_session(administrator_client: Client, person, ragflow_server: Server) -> None:
    vera = person(Role.VIEWER, "vera")
    client = signed_in(vera)
    administrator_client.post(f"/people/{vera.pk}/", edited(vera, role=2))
    assert client.get(ragflow_server.url("datasets:create")).status_code == 200


def test_an_edit_is_kept_and_recorded_with_what_was_before(administrator_client: Client, person) -> None:
    carla = person(Role.CURATOR, "carla")
    form = edited(carla, name="Carla Hernandez", email="carla@example.org")
    assert administrator_client.post(f"/people/{carla.pk}/", form).status_code == 302
    assert names_on(administrator_client, "?q=carla@example.org") == ["Carla Hernandez"]
    entry = AuditEntry.objects.get(action="person.update")
    assert (entry.username, entry.target_names) == ("administrator", ["Carla Hernandez"])
    assert entry.detail["before"] == {"name": "", "email": ""}
    assert entry.detail["after"] == {"name": "Carla Hernandez", "email": "carla@example.org"}


def test_signing_out_everywhere_ends_every_session(administrator_client: Client, person) -> None:
    carla = person(Role.CURATOR, "carla")
    browsers = [signed_in(carla), signed_in(carla)]
    administrator_client.post(f"/people/{carla.pk}/sign-out/")
    assert [is_in(browser) for browser in browsers] == [False, False]
    assert is_in(administrator_client)


@pytest.mark.parametrize("change", ["disable", "delete", "demote"])
def test_the_last_administrator_stays(administrator_client: Client, person, change: str) -> None:
    person(Role.CURATOR, "carla")
    user = User.objects.get(username="administrator")
    # Neither somebody who is invited nor somebody who is disabled could do anything.
    invite(administrator_client, "next@example.org", role=3)
    asleep = person(Role.ADMINISTRATOR, "asleep")
    administrator_client.post(f"/people/{asleep.pk}/disable/")
    if change == "demote":
        answer = administrator_client.post(f"/people/{user.pk}/", edited(user, role=2))
    else:
        answer = administrator_client.post(f"/people/{user.pk}/{change}/")
    assert answer.status_code == 422
    assert "last administrator" in answer.content.decode()
    assert administrator_client.get("/people/").status_code == 200


def test_one_of_two_administrators_can_go(administrator_client: Client, person) -> None:
    other = person(Role.ADMINISTRATOR, "other")
    assert administrator_client.post(f"/people/{other.pk}/", edited(other, role=1)).status_code == 302
    assert signed_in(other).get("/people/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_disable_each_other_at_the_same_time_leave_one(person: Callable[..., User]) -> None:
    for number in range(4):
        pair = [person(Role.ADMINISTRATOR, f"{number}-{side}") for side in ("left", "right")]
        User.objects.exclude(pk__in=[user.pk for user in pair]).update(is_active=False)
        clients, together = [signed_in(user) for user in pair], Barrier(2)

        def disable(client: Client, other: User, together: Barrier = together) -> None:
            together.wait()
            client.post(f"/people/{other.pk}/disable/")
            connection.close()

        threads = [
            Thread(target=disable, args=(client, other)) for client, other in zip(clients, reversed(pair), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert User.objects.filter(is_active=True).count() == 1


def test_what_a_deleted_person_made_stays_under_their_name(
    administrator_client: Client, person, ragflow_server: Server, standin, tenant_key
) -> None:
    carla = person(Role.CURATOR, "carla")
    chat = standin.fill(tenant_key, chats=[{"name": "Help", "sessions": [{"name": "Opening hours", "messages": []}]}])[
        "chats"
    ][0]
    session = chat["sessions"][0]
    SessionOwner.objects.create(server=ragflow_server, session_id=session, user=carla, username="carla")
    QuestionSet.objects.create(server=ragflow_server, name="Basics", username="carla")
    asked = administrator_client.get(f"/people/{carla.pk}/delete/").content.decode()
    assert "stay, under their name" in asked
    assert administrator_client.post(f"/people/{carla.pk}/delete/").status_code == 302
    assert names_on(administrator_client, "?q=carla") == []
    # Somebody new of the same name is somebody else.
    namesake = signed_in(person(Role.CURATOR, "carla"))
    page = namesake.get(ragflow_server.url("assistants:session", chat["id"], session)).content.decode()
    assert "Opening hours" in page
    assert "carla" in page.partition("<main")[2]
    assert QuestionSet.objects.get().username == "carla"
    assert AuditEntry.objects.get(action="person.delete").detail["account"] == "carla"


def test_an_invitation_can_be_withdrawn(administrator_client: Client, client: Client) -> None:
    link = invite(administrator_client, "carla@example.org")
    user = User.objects.get(email="carla@example.org")
    administrator_client.post(f"/people/{user.pk}/delete/")
    assert client.get(link).status_code == 404
    assert names_on(administrator_client, "?status=invited") == []
    assert actions()[-1] == "person.revoke"


def test_everything_is_recorded_and_no_secret_with_it(administrator_client: Client, caplog) -> None:
    caplog.set_level("DEBUG")
    link = invite(administrator_client, "carla@example.org")
    join(link, "carla").post("/sign-out/")
    Client().post("/sign-in/", {"username": "carla", "password": "wrong one"})
    Client().post("/sign-in/", {"username": "carla", "password": PASSWORD})
    user = User.objects.get(username="carla")
    for action in ("link", "sign-out", "disable", "enable", "delete"):
        administrator_client.post(f"/people/{user.pk}/{action}/")
    assert actions() == [
        "person.invite", "person.link", "person.join", "person.sign-in", "person.sign-out", "person.sign-in",
        "person.sign-in", "person.link", "person.end-sessions", "person.disable", "person.enable", "person.delete",
    ]  # fmt: skip
    assert list(AuditEntry.objects.filter(outcome="failed").values_list("username", "action")) == [
        ("carla", "person.sign-in")
    ]
    stored = str(list(AuditEntry.objects.values()))
    assert not [secret for secret in (PASSWORD, "wrong one", link.split("/")[2]) if secret in stored]


def test_locked_out_guessers_do_not_fill_the_audit_trail(person, settings) -> None:
    settings.SIGN_IN_MAX_PER_PAIR = 3
    cache.clear()
    person(Role.VIEWER, "vera")
    for _ in range(10):
        Client().post("/sign-in/", {"username": "vera", "password": "guess"})
    assert [entry.detail for entry in AuditEntry.objects.order_by("pk")] == [{}, {}, {"locked": True}]
