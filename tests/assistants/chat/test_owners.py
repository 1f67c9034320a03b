"""Whose a session is: viewers have their own, curators and administrators see all, marked by owner."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from dashboard.assistants.chat import turns
from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, Server, SessionOwner
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant
from ragflow_admin.standin.testing import StandinProcess
from tests.support.code.addresses import ADDRESSES

OF_A_SESSION = [address for address in ADDRESSES if "session_id" in address.arguments]


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return ragflow.chats.create(name="Handbook")


@pytest.fixture
def people(person: Callable[..., User]) -> dict[str, Client]:
    """Signed in: Vera and Viktor, viewers, Carla, a curator, and Ada, an administrator."""
    roles = {"vera": Role.VIEWER, "viktor": Role.VIEWER, "carla": Role.CURATOR, "ada": Role.ADMINISTRATOR}
    clients = {}
    for name, role in roles.items():
        clients[name] = Client()
        clients[name].force_login(person(role, name), backend="django.contrib.auth.backends.ModelBackend")
    return clients


def start(client: Client, server: Server, assistant: Assistant, question: str) -> str:
    """Asks the first question, and returns the id of the session."""
    answer = client.post(
        server.url("assistants:session-new", assistant.id), {"question": question}, headers={"HX-Request": "true"}
    )
    return str(answer["HX-Redirect"]).rstrip("/").rpartition("/")[2]


def free(server: Server, session: str) -> None:
    """Gives up the first question, which no browser of these tests reads."""
    turn = turns.current(server, session)
    assert turn
    turns.forget(turn)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.releases
def test_a_viewer_sees_their_own_sessions_and_no_others(
    people: dict[str, Client], ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    start(people["vera"], ragflow_server, assistant, "What does Vera want?")
    start(people["viktor"], ragflow_server, assistant, "What does Viktor want?")
    ragflow.sessions.create(assistant, "Started elsewhere")
    for address in ("assistants:chat", "assistants:sessions"):
        shown = page(people["vera"], ragflow_server.url(address, assistant.id))
        assert "What does Vera want?" in shown
        assert "Viktor" not in shown
        assert "Started elsewhere" not in shown


@pytest.mark.releases
@pytest.mark.parametrize("name", ["carla", "ada"])
def test_curators_and_administrators_see_all_marked_by_owner(
    people: dict[str, Client], ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant, name: str
) -> None:
    session = start(people["vera"], ragflow_server, assistant, "What is wanted?")
    start(people[name], ragflow_server, assistant, "What do I want?")
    ragflow.sessions.create(assistant, "By a script")
    shown = page(people[name], ragflow_server.url("assistants:chat", assistant.id))
    assert shown.count(">vera</bdi>") == 1
    assert shown.count(">started elsewhere</bdi>") == 1
    assert f">{name}</bdi>" not in shown, "their own are not marked"
    one = page(people[name], ragflow_server.url("assistants:session", assistant.id, session))
    assert one.count(">vera</bdi>") == 2, "in the list and at the title"


@pytest.mark.releases
@pytest.mark.parametrize("address", OF_A_SESSION, ids=[address.name for address in OF_A_SESSION])
def test_no_address_lets_a_viewer_into_somebody_elses_session(
    people: dict[str, Client],
    ragflow_server: Server,
    ragflow: RAGFlow,
    assistant: Assistant,
    standin: StandinProcess,
    tenant_key: str,
    address: Any,
) -> None:
    theirs = start(people["vera"], ragflow_server, assistant, "Whose?")
    nobodys = ragflow.sessions.create(assistant, "Started elsewhere").id
    for session in (theirs, nobodys):
        arguments = address.arguments | {"assistant_id": assistant.id, "session_id": session}
        url = address._replace(arguments=arguments).path
        standin.reset_requests()
        answers = [people["viktor"].generic(method, url).status_code for method in ("GET", "POST")]
        assert set(answers) <= {404, 405}
        assert 404 in answers
        assert standin.requests(tenant_key) == [], "what is not theirs is not even asked for"
        # There is no answer to delete yet.
        there = (404,) if address.name in ("assistants:answer-delete", "assistants:compare-stream") else (200, 405)
        assert people["carla"].get(url).status_code in there


@pytest.mark.releases
def test_a_viewer_renames_and_deletes_their_own(
    people: dict[str, Client], ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    session = start(people["vera"], ragflow_server, assistant, "Before")
    url = ragflow_server.url("assistants:session-rename", assistant.id, session)
    assert people["vera"].post(url, {"name": "After"}).status_code == 302
    assert ragflow.sessions.get(assistant.id, session).name == "After"
    people["vera"].post(ragflow_server.url("assistants:session-delete", assistant.id, session))
    assert ragflow.sessions.list(assistant.id).items == ()
    assert not SessionOwner.objects.exists()


def test_a_name_that_somebody_claims_in_ragflow_opens_nothing(
    people: dict[str, Client], ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant, standin: StandinProcess
) -> None:
    """Until 0.24; later releases know no names."""
    start(people["vera"], ragflow_server, assistant, "Mine")
    claimed = standin.requests()[-1]["json"]["user_id"]
    ragflow.sessions.create(assistant, "Claimed", user_id=claimed)
    assert "Claimed" not in page(people["vera"], ragflow_server.url("assistants:chat", assistant.id))


@pytest.mark.releases
def test_sessions_of_before_belong_to_those_who_started_them(
    people: dict[str, Client], ragflow_server: Server, assistant: Assistant
) -> None:
    session = start(people["vera"], ragflow_server, assistant, "Long ago")
    assert AuditEntry.objects.filter(action="session.create").exists()
    SessionOwner.objects.all().delete()
    importlib.import_module("dashboard.migrations.0014_session_owners").from_the_audit_trail(apps, None)
    assert SessionOwner.objects.get(session_id=session).user.username == "vera"
    importlib.import_module("dashboard.migrations.0016_sessions_of_an_owner").from_the_audit_trail(apps, None)
    owner = SessionOwner.objects.get(session_id=session)
    assert (owner.assistant_id, owner.asked_at) == (assistant.id, owner.started_at)
    assert "Long ago" in page(people["vera"], ragflow_server.url("assistants:sessions", assistant.id))
    page(people["vera"], ragflow_server.url("assistants:session", assistant.id, session))


@pytest.mark.releases
def test_a_viewer_gets_their_sessions_by_page_the_last_used_first(
    people: dict[str, Client], ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    mine = [start(people["vera"], ragflow_server, assistant, f"Question {number:02}?") for number in range(31)]
    start(people["viktor"], ragflow_server, assistant, "What does Viktor want?")
    people["vera"].post(ragflow_server.url("assistants:session-delete", assistant.id, mine[30]))
    free(ragflow_server, mine[0])
    url = ragflow_server.url("assistants:ask", assistant.id, mine[0])
    assert people["vera"].post(url, {"question": "Again?"}, headers={"HX-Request": "true"}).status_code == 200
    with ragflow.sessions.ask(ragflow.sessions.get(assistant.id, mine[0]), "Again?") as conversation:
        conversation.read_to_end()
    shown = page(people["vera"], ragflow_server.url("assistants:chat", assistant.id))
    seen = re.findall(r'id="session-name-(\w+)"', shown)
    assert seen[0] == mine[0]
    number = 1
    while f"page={number + 1}" in shown:
        number += 1
        shown = page(people["vera"], ragflow_server.url("assistants:sessions", assistant.id) + f"?page={number}")
        seen += re.findall(r'id="session-name-(\w+)"', shown)
    assert seen == [mine[0], *reversed(mine[1:30])]


@pytest.mark.releases
def test_nobody_elses_sessions_are_read_for_a_viewer(
    people: dict[str, Client],
    ragflow_server: Server,
    ragflow: RAGFlow,
    assistant: Assistant,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    """Where RAGFlow lists no user's sessions, only their own are asked for, each by its id."""
    own = start(people["vera"], ragflow_server, assistant, "Mine?")
    theirs = start(people["viktor"], ragflow_server, assistant, "Theirs?")
    other = ragflow.chats.create(name="Another")
    start(people["vera"], ragflow_server, other, "Elsewhere?")
    standin.reset_requests()
    page(people["vera"], ragflow_server.url("assistants:sessions", assistant.id))
    sessions = [one for one in standin.requests(tenant_key) if "/sessions" in one["path"]]
    assert not any(theirs in one["path"] for one in sessions)
    if release == "0.24":
        assert all("user_id=" in one["query"] for one in sessions)
    else:
        assert {one["path"].rsplit("/", 1)[-1] for one in sessions} == {own}
