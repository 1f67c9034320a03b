"""Deleting several sessions: chosen from a list, confirmed by name, one's own only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import AuditEntry, ChatQuestion, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return ragflow.chats.create(name="Handbook")


@pytest.mark.releases
def test_ticked_sessions_are_confirmed_by_name_and_deleted(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    made = [ragflow.sessions.create(assistant, name) for name in ("One <b>", "Two", "Three")]
    ChatQuestion.objects.create(
        server=ragflow_server, session_id=made[0].id, number=1, question="?", asked_at=timezone.now()
    )
    url = ragflow_server.url("assistants:sessions-delete", assistant.id)
    listed = curator_client.get(url).content.decode()
    assert all(session.id in listed for session in made)
    ids = {"id": [session.id for session in made[:2]]}
    asked = curator_client.get(url, ids).content.decode()
    assert "Delete 2 sessions?" in asked
    assert "One &lt;b&gt;" in asked
    assert "Three" not in asked
    assert curator_client.post(url, ids).status_code == 302
    assert [one.name for one in ragflow.sessions.list(assistant.id)] == ["Three"]
    assert not ChatQuestion.objects.exists()
    assert AuditEntry.objects.get(action="session.delete").target_names == ["One <b>", "Two"]


def test_nothing_is_deleted_without_a_choice_or_of_somebody_else(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    session = ragflow.sessions.create(assistant, "Not theirs")
    url = ragflow_server.url("assistants:sessions-delete", assistant.id)
    assert "Select the sessions first." in curator_client.post(url, {}).content.decode()
    assert viewer_client.post(url, {"id": [session.id]}).status_code == 404
    assert session.id not in viewer_client.get(url).content.decode()
    assert [one.id for one in ragflow.sessions.list(assistant.id)] == [session.id]
