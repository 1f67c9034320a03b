"""Further questions on the subject of a question, as RAGFlow's releases answered."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import Rejected
from tests.support.ragflow.captures import recorded_by
from tests.support.ragflow.fake_upstream import FakeServer, Reply

RECORDED = [("0.24.0", "0642"), ("0.25.4", "0467"), ("0.27.0", "0430"), ("0.27.0", "1398")]


@pytest.mark.parametrize(("release", "number"), RECORDED)
def test_related_questions_are_read_as_recorded(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    assert client.sessions.related_questions("What is RAGFlow?") == tuple(recorded.data)
    assert [one.json for one in fake.writes] == [{"question": "What is RAGFlow?"}]


def test_what_a_failed_model_said_is_no_question(fake: FakeServer, client: RAGFlow) -> None:
    data = ["**ERROR**: INVALID_REQUEST - no", " Why? ", "", None, "Why?"]
    fake.on("POST", "/api/v1/sessions/related_questions", Reply({"code": 0, "data": data}))
    assert client.sessions.related_questions("What?") == ("Why?",)


def test_an_empty_question_is_not_sent(fake: FakeServer, client: RAGFlow) -> None:
    with pytest.raises(Rejected, match="empty"):
        client.sessions.related_questions(" ")
    assert fake.received == []
