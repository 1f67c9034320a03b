"""Sessions: renaming and deleting."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.assistants.chat.session_views import name_for
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Session
from ragflow_admin.standin.testing import StandinProcess

pytestmark = pytest.mark.releases


@pytest.fixture
def session(ragflow: RAGFlow) -> Session:
    return ragflow.sessions.create(ragflow.chats.create(name="Handbook"), "Before")


def test_renaming_takes_the_place_of_the_title(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session
) -> None:
    url = ragflow_server.url("assistants:session-rename", session.assistant_id, session.id)
    form = curator_client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in form
    assert 'value="Before"' in form
    answer = curator_client.post(url, {"name": "After <b>"}, headers={"HX-Request": "true"}).content.decode()
    assert "After &lt;b&gt;" in answer
    assert f'id="session-name-{session.id}"' in answer
    assert ragflow.sessions.get(session.assistant_id, session.id).name == "After <b>"
    assert AuditEntry.objects.filter(action="session.rename", outcome="ok").count() == 1


def test_renaming_works_without_script(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session
) -> None:
    url = ragflow_server.url("assistants:session-rename", session.assistant_id, session.id)
    assert "<html" in curator_client.get(url).content.decode()
    assert curator_client.post(url, {"name": "After"}).status_code == 302
    assert ragflow.sessions.get(session.assistant_id, session.id).name == "After"


@pytest.mark.parametrize("name", ["", "   ", "x" * 256])
def test_a_bad_name_is_refused_and_kept_in_the_field(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session, name: str
) -> None:
    url = ragflow_server.url("assistants:session-rename", session.assistant_id, session.id)
    answer = curator_client.post(url, {"name": name}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Enter a" in answer.content.decode()
    if name.strip():
        assert name in answer.content.decode()
    assert ragflow.sessions.get(session.assistant_id, session.id).name == "Before"


def test_deleting_asks_by_name_and_deletes_only_that_session(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session, standin: StandinProcess
) -> None:
    assistant = ragflow.chats.get(session.assistant_id)
    kept = ragflow.sessions.create(assistant, "Kept")
    url = ragflow_server.url("assistants:session-delete", session.assistant_id, session.id)
    assert "Before" in curator_client.get(url, headers={"HX-Request": "true"}).content.decode()
    standin.reset_requests()
    answer = curator_client.post(url)
    assert answer["Location"] == ragflow_server.url("assistants:chat", session.assistant_id)
    assert [one.id for one in ragflow.sessions.list(session.assistant_id)] == [kept.id]
    sent = [one["json"] for one in standin.requests() if one["method"] == "DELETE"]
    assert sent == [{"ids": [session.id]}]


def test_deleting_what_is_gone_sends_no_delete(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session, standin: StandinProcess
) -> None:
    kept = ragflow.sessions.create(ragflow.chats.get(session.assistant_id), "Kept")
    ragflow.sessions.delete([session])
    standin.reset_requests()
    url = ragflow_server.url("assistants:session-delete", session.assistant_id, session.id)
    assert curator_client.post(url).status_code == 302
    assert [one for one in standin.requests() if one["method"] == "DELETE"] == []
    assert [one.id for one in ragflow.sessions.list(session.assistant_id)] == [kept.id]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What now?", "What now?"),
        ("  First line \n second line", "First line"),
        ("word " * 40, "word word word word word word word word word word word word …"),
    ],
)
def test_a_session_is_named_after_its_first_question(question: str, name: str) -> None:
    assert name_for(question) == name
