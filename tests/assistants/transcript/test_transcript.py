"""A session as a file and on paper."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Session
from tests.support.ragflow.asked import QUESTIONS, asked_session


@pytest.fixture
def session(ragflow: RAGFlow) -> Session:
    return asked_session(ragflow)


@pytest.fixture
def url(ragflow_server: Server, session: Session) -> str:
    return ragflow_server.url("assistants:export", session.assistant_id, session.id)


def test_markdown_has_numbered_citations_and_names_their_documents(curator_client: Client, url: str) -> None:
    response = curator_client.get(f"{url}?as=markdown")
    assert response["Content-Disposition"] == 'attachment; filename="Leave and hotels.md"'
    text = response.content.decode()
    assert text.startswith("# Leave and hotels\n")
    assert all(f"## {question}\n" in text for question in QUESTIONS)
    assert "24 months" in text
    assert "[1]" in text
    assert "[1] policy.txt" in text
    assert "[ID:" not in text


def test_json_has_every_message_with_its_sources(curator_client: Client, url: str, session: Session) -> None:
    told = json.loads(curator_client.get(f"{url}?as=json").content)
    assert told["session"]["id"] == session.id
    assert [one["content"] for one in told["messages"] if one["role"] == "user"] == list(QUESTIONS)
    assert {source["document_name"] for one in told["messages"] for source in one.get("sources", ())} == {"policy.txt"}


def test_the_page_to_print_has_no_frame_and_all_answers(curator_client: Client, url: str) -> None:
    page = curator_client.get(f"{url}?as=print").content.decode()
    assert "ra-sidebar" not in page
    assert page.index(QUESTIONS[0]) < page.index("24 months") < page.index(QUESTIONS[1]) < page.index("180 francs")


def test_other_formats_and_others_sessions_do_not_exist(
    curator_client: Client, viewer_client: Client, url: str
) -> None:
    assert curator_client.get(f"{url}?as=pdf").status_code == 404
    assert viewer_client.get(f"{url}?as=json").status_code == 404
