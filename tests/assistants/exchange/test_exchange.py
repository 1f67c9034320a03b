"""One question and its answer: thumbs, deleting, further questions."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.models import AuditEntry, ChatQuestion, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Session
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.asked import QUESTIONS, asked_session

HTMX = {"HX-Request": "true"}


@pytest.fixture
def session(ragflow: RAGFlow) -> Session:
    return asked_session(ragflow)


def of(server: Server, session: Session, name: str, number: int) -> str:
    return server.url(f"assistants:{name}", session.assistant_id, session.id, number)


def thumbs(page: str) -> list[str]:
    """Whether each thumb is pressed, in the order of the page."""
    return re.findall(r'aria-pressed="(true|false)"\s+aria-label="(?:Good|Bad) answer"', page)


@pytest.mark.releases
def test_a_thumb_is_kept_shown_and_taken_back(
    curator_client: Client, ragflow_server: Server, session: Session, standin: StandinProcess, release: str
) -> None:
    url, page = (
        of(ragflow_server, session, "rate", 2),
        ragflow_server.url("assistants:session", session.assistant_id, session.id),
    )
    standin.reset_requests()
    part = curator_client.post(url, {"good": "0", "comment": "Not <b>true</b>"}, headers=HTMX).content.decode()
    assert thumbs(part) == ["false", "true"]
    sent = [one for one in standin.requests() if one["method"] == "PUT"]
    # RAGFlow keeps thumbs since 0.25.4; for older ones, only we do.
    assert [one["path"].endswith("/feedback") for one in sent] == ([True] if release == "0.27" else [])
    assert thumbs(curator_client.get(page).content.decode()) == ["false", "false", "false", "true"]
    row = ChatQuestion.objects.get()
    assert (row.number, row.question, row.good, row.comment) == (2, QUESTIONS[1], False, "Not <b>true</b>")
    assert row.rated_by == "curator"
    assert [one["document_name"] for one in row.sources if one["cited"]] == ["policy.txt"]
    assert AuditEntry.objects.filter(action="message.rate", outcome="ok").count() == 1

    assert thumbs(curator_client.post(url, {"good": ""}, headers=HTMX).content.decode()) == ["false", "false"]
    row.refresh_from_db()
    assert (row.good, row.comment, row.rated_by) == (None, "", "")


def test_a_comment_that_is_too_long_is_kept_in_its_field(
    curator_client: Client, ragflow_server: Server, session: Session
) -> None:
    url = of(ragflow_server, session, "rate", 1)
    response = curator_client.post(url, {"good": "0", "comment": "x" * 2001}, headers=HTMX)
    assert response.status_code == 422
    assert "Enter at most 2000 characters (you entered 2001)." in response.content.decode()
    assert "x" * 2001 in response.content.decode()
    assert not ChatQuestion.objects.exists()


def test_an_answer_that_is_not_there_cannot_be_rated(
    curator_client: Client, viewer_client: Client, ragflow_server: Server, session: Session
) -> None:
    assert curator_client.post(of(ragflow_server, session, "rate", 3), {"good": "1"}).status_code == 404
    # Somebody else's session does not exist for a viewer.
    assert viewer_client.post(of(ragflow_server, session, "rate", 1), {"good": "1"}).status_code == 404


@pytest.mark.releases
def test_a_question_is_deleted_with_its_answer_where_ragflow_can(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, session: Session, release: str
) -> None:
    curator_client.post(of(ragflow_server, session, "rate", 2), {"good": "1"})
    url = of(ragflow_server, session, "answer-delete", 1)
    page = curator_client.get(ragflow_server.url("assistants:session", session.assistant_id, session.id))
    assert (url in page.content.decode()) == (release == "0.27")
    if release == "0.24":
        assert curator_client.post(url).status_code == 404
        return
    assert QUESTIONS[0] in curator_client.get(url).content.decode()
    assert curator_client.post(url).status_code == 302
    left = ragflow.sessions.get(session.assistant_id, session.id)
    assert [one.content for one in left.messages if one.role == "user"] == [QUESTIONS[1]]
    # The thumb of the other answer follows it.
    assert list(ChatQuestion.objects.values_list("number", "good")) == [(1, True)]


def test_further_questions_are_buttons_that_ask_them(
    curator_client: Client, ragflow_server: Server, session: Session
) -> None:
    part = curator_client.post(of(ragflow_server, session, "related", 1), headers=HTMX).content.decode()
    ask = ragflow_server.url("assistants:ask", session.assistant_id, session.id)
    assert "<html" not in part
    assert len(re.findall(rf'action="{ask}"', part)) >= 2
    assert len(re.findall(r'name="question" value="[^"]+"', part)) >= 2
