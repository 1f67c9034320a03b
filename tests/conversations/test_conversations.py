"""Conversations and their review: what was asked, what became of it, and what somebody should look at."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, ChatQuestion, Grant, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant

SOURCE = {"id": "c1", "document_id": "d" * 32, "document_name": "policy.txt", "dataset_id": "e" * 32, "cited": True}


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return ragflow.chats.create(name="Handbook <b>")


@pytest.fixture
def made(ragflow_server: Server, assistant: Assistant) -> dict[str, ChatQuestion]:
    """Four questions: a good answer, a bad one, one without sources, and one that failed eight days ago."""

    def make(number: int, question: str, days: int = 0, **values: Any) -> ChatQuestion:
        given = {"status": "done", "found": 1, "sources": [SOURCE], "username": "ann", "answer": "=1+1", **values}
        return ChatQuestion.objects.create(
            server=ragflow_server,
            assistant_id=assistant.id,
            session_id="f" * 32,
            number=number,
            question=question,
            asked_at=timezone.now() - timedelta(days=days),
            **given,
        )

    return {
        "good": make(1, "Good?", good=True),
        "bad": make(2, "Bad?", good=False, comment="Wrong year", rated_by="ann"),
        "empty": make(3, "Unknown?", found=0, sources=[]),
        "failed": make(4, "Failed?", days=8, status="failed", found=0, sources=[]),
    }


def test_the_page_counts_by_week_and_names_what_is_cited(
    curator_client: Client, ragflow_server: Server, made: dict[str, ChatQuestion]
) -> None:
    page = curator_client.get(ragflow_server.url("conversations:page")).content.decode()
    assert "Handbook &lt;b&gt;" in page
    assert all(row.question in page for row in made.values())
    assert "Review 3 answers" in page
    assert "2 answers" in page[page.index("Documents cited most") :]
    lately = curator_client.get(
        ragflow_server.url("conversations:page"), {"since": f"{timezone.localdate() - timedelta(days=2)}"}
    ).content.decode()
    assert "Failed?" not in lately
    assert "Good?" in lately


def test_the_file_has_a_row_for_each_and_no_formulas(
    curator_client: Client, ragflow_server: Server, made: dict[str, ChatQuestion]
) -> None:
    response = curator_client.get(ragflow_server.url("conversations:export"), {"q": "bad"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = csv.reader(io.StringIO(text))
    told = dict(zip(head, row, strict=True))
    assert (told["Question"], told["Rating"], told["Comment"]) == ("Bad?", "bad", "Wrong year")
    assert told["Cited documents"] == "policy.txt"
    assert not told["Answer"].startswith("=")


def test_an_item_is_reviewed_closed_and_opened_again(
    curator_client: Client, ragflow_server: Server, made: dict[str, ChatQuestion]
) -> None:
    url = ragflow_server.url("conversations:review")
    page = curator_client.get(url).content.decode()
    assert "Good?" not in page
    assert all(made[name].question in page for name in ("bad", "empty", "failed"))
    chunk_url = ragflow_server.url("chunks:list", SOURCE["dataset_id"], SOURCE["document_id"])
    assert f'href="{chunk_url}?chunk=c1"' in page
    assert "Wrong year" in page
    assert "documents=policy.txt" in page

    close = ragflow_server.url("conversations:close", made["bad"].pk)
    answer = curator_client.post(close, {"back": "https://elsewhere.example/"})
    assert answer["Location"] == url
    assert "Bad?" not in curator_client.get(url).content.decode()
    assert "Closed by curator." in curator_client.get(url, {"state": "closed"}).content.decode()
    curator_client.post(close, {"open": "1"})
    assert "Bad?" in curator_client.get(url, {"kind": "bad"}).content.decode()
    assert "Unknown?" not in curator_client.get(url, {"kind": "bad"}).content.decode()
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"review.close", "review.open"}


def test_people_who_see_some_datasets_only_see_no_conversations(
    viewer_client: Client, ragflow_server: Server, made: dict[str, ChatQuestion], person: Any
) -> None:
    assert viewer_client.get(ragflow_server.url("conversations:page")).status_code == 403
    limited = person(None, "limited")
    Grant.objects.create(user=limited, server=ragflow_server, dataset_id="e" * 32, role=Role.CURATOR.value)
    client = Client()
    client.force_login(limited, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(ragflow_server.url("conversations:page")).status_code == 404
    assert client.post(ragflow_server.url("conversations:close", made["bad"].pk)).status_code == 404
