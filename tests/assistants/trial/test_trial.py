"""Try it: a question with the settings as entered; the scratch assistant goes, whatever happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard import tasks
from dashboard.assistants.trial import scratch
from dashboard.models import AuditEntry, Server, Trial
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, opened
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.releases
HTMX = {"HX-Request": "true"}

QUESTION = "How much may a hotel in Zurich cost?"


def swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What beat's tick sends to a worker, done here."""
    sent: list[int] = []
    monkeypatch.setattr(scratch.remove_trial, "apply_async", sent.extend)
    tasks.tick()
    for pk in sent:
        scratch.remove_trial(pk)


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return ragflow.chats.get(assistant_on(ragflow, parsed_dataset(ragflow), "Handbook").id)


@pytest.fixture
def form(curator_client: Client, ragflow_server: Server, assistant: Assistant) -> dict[str, Any]:
    return opened(curator_client, ragflow_server.url("assistants:settings", assistant.id)) | {"question": QUESTION}


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("assistants:trial")


def test_a_question_is_answered_with_the_settings_as_entered_and_nothing_remains(
    curator_client: Client, url: str, form: dict[str, Any], ragflow: RAGFlow, assistant: Assistant
) -> None:
    response = curator_client.post(url, form, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "180 francs" in page
    assert "policy.txt" in page
    assert 'href="#trial-source-1"' in page
    nothing = curator_client.post(
        url,
        form | {"question": "xyzzy", "similarity_threshold": "0.9", "empty_response": "Unsaved: none"},
        headers=HTMX,
    )
    assert "Unsaved: none" in nothing.content.decode()
    assert [one.id for one in ragflow.chats.list()] == [assistant.id]
    assert ragflow.chats.get(assistant.id) == assistant
    assert not Trial.objects.exists()
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "username", "outcome"))[:4]
    wanted = ("assistant.create", "session.create", "session.ask", "assistant.delete")
    assert actions == [(action, "curator", "ok") for action in wanted]


def test_a_new_assistant_can_be_tried_before_it_has_a_name_and_without_script(
    curator_client: Client, ragflow_server: Server, url: str, ragflow: RAGFlow
) -> None:
    dataset = parsed_dataset(ragflow)
    form = opened(curator_client, ragflow_server.url("assistants:create"))
    given = form | {"datasets": [dataset.id], "similarity_threshold": "0", "question": QUESTION, "opener": "Typed"}
    response = curator_client.post(url, given)
    page = response.content.decode()
    assert response.status_code == 200
    assert "180 francs" in page
    assert Inputs(page).values["opener"] == ["Typed"]
    assert ragflow.chats.list().items == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": "  "}, "Enter a question."),
        ({"prompt": "No place"}, "Add {knowledge} where the chunks"),
        ({"top_n": "99"}, "less than or equal to 30"),
    ],
)
def test_what_cannot_be_tried_is_said_and_nothing_is_made(
    curator_client: Client,
    url: str,
    form: dict[str, Any],
    standin: StandinProcess,
    tenant_key: str,
    changes: dict[str, Any],
    words: str,
) -> None:
    standin.reset_requests()
    response = curator_client.post(url, form | changes, headers=HTMX)
    assert words in response.content.decode()
    assert [one for one in standin.requests(tenant_key) if one["method"] != "GET"] == []


def test_the_scratch_assistant_goes_when_asking_fails(
    curator_client: Client, url: str, form: dict[str, Any], ragflow: RAGFlow, standin: StandinProcess
) -> None:
    standin.fault("error500", method="POST", path="/sessions$")
    response = curator_client.post(url, form, headers=HTMX)
    assert 'role="alert"' in response.content.decode()
    assert [one.name for one in ragflow.chats.list()] == ["Handbook"]
    assert not Trial.objects.exists()


def test_what_a_dead_process_left_is_never_listed_and_swept_later(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    assistant: Assistant,
    standin: StandinProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "Trial 0123456789ab (temporary, deleted automatically)"
    left = Trial.objects.create(server=ragflow_server, name=name, expires_at=timezone.now() + timedelta(minutes=5))
    ragflow.chats.create(name=name)
    page = curator_client.get(ragflow_server.url("assistants:list")).content.decode()
    assert "Handbook" in page
    assert "0123456789ab" not in page

    swept(monkeypatch)
    assert ragflow.chats.named(name) is not None, "it may still be in use"
    Trial.objects.filter(pk=left.pk).update(expires_at=timezone.now())
    standin.fault("error500", path="/chats")
    swept(monkeypatch)
    assert Trial.objects.exists(), "RAGFlow could not be reached"
    standin.clear_faults()
    Trial.objects.filter(pk=left.pk).update(expires_at=timezone.now())
    swept(monkeypatch)
    assert [one.name for one in ragflow.chats.list()] == ["Handbook"]
    assert not Trial.objects.exists()


def test_what_may_have_been_made_although_no_answer_came_is_swept(
    curator_client: Client,
    url: str,
    form: dict[str, Any],
    standin: StandinProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standin.fault("drop", method="POST", path="/chats$")
    curator_client.post(url, form, headers=HTMX)
    assert Trial.objects.count() == 1
    Trial.objects.update(expires_at=timezone.now())
    swept(monkeypatch)
    assert not Trial.objects.exists()


def test_one_person_has_only_a_few_questions_at_a_time(
    curator_client: Client, url: str, form: dict[str, Any], ragflow_server: Server
) -> None:
    me = User.objects.get(username="curator")
    for number in range(scratch.AT_A_TIME):
        Trial.objects.create(
            server=ragflow_server, user=me, name=f"Trial {number}", expires_at=timezone.now() + timedelta(minutes=5)
        )
    response = curator_client.post(url, form, headers=HTMX)
    assert "still being answered" in response.content.decode()
    assert Trial.objects.count() == scratch.AT_A_TIME
