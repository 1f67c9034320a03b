"""The questions a person has asked in the lab: kept, limited, forgotten."""

from __future__ import annotations

from django.test import Client

from dashboard.models import AskedQuestion, Server
from dashboard.ragflow.types import Document
from tests.support.pages.lab_asking import lab
from tests.support.pages.reading import text_of


def test_questions_are_kept_for_the_person_who_asked(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    address = lab(ragflow_server, q="leave", similarity_threshold="0.3")
    viewer_client.get(address)
    viewer_client.get(address)
    mine = text_of(viewer_client.get(ragflow_server.url("retrieval:history")))
    others = text_of(curator_client.get(ragflow_server.url("retrieval:history")))

    assert mine.count(address) == 1
    assert "No questions yet" in others


def test_only_the_last_fifty_questions_are_kept(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    for number in range(52):
        viewer_client.get(lab(ragflow_server, q=f"leave {number}"))

    kept = list(AskedQuestion.objects.values_list("question", flat=True))
    assert len(kept) == 50
    assert kept[0] == "leave 51"
    assert "leave 1" not in kept


def test_questions_can_be_forgotten(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    viewer_client.get(lab(ragflow_server, q="leave"))
    curator_client.get(lab(ragflow_server, q="leave"))

    response = viewer_client.post(ragflow_server.url("retrieval:forget"))

    assert response["Location"] == ragflow_server.url("retrieval:lab")
    assert [asked.user.username for asked in AskedQuestion.objects.all()] == ["curator"]
