"""Chunks switched off and on from the lab's hits."""

from __future__ import annotations

from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import lab
from tests.support.pages.reading import text_of


def test_a_curator_switches_a_chunk_off_and_on_again(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, leave_policy: Document
) -> None:
    hit = ragflow.retrieval.search("canteen", [leave_policy.dataset_id]).hits[0]
    place = {"dataset": leave_policy.dataset_id, "document": leave_policy.id, "chunk": hit.id}
    url = ragflow_server.url("retrieval:chunk")

    off = curator_client.post(url, {**place, "available": "0"}, HTTP_HX_REQUEST="true")
    assert "Enable" in text_of(off)
    assert not ragflow.chunks.get(leave_policy.dataset_id, leave_policy.id, hit.id).available
    back = lab(ragflow_server, q="canteen")
    on = curator_client.post(url, {**place, "available": "1", "back": back})
    assert on["Location"] == back
    chunk = ragflow.chunks.get(leave_policy.dataset_id, leave_policy.id, hit.id)
    assert chunk.available
    assert chunk.content == hit.content
    assert list(AuditEntry.objects.values_list("action", "outcome")) == [("chunk.update", "ok")] * 2


def test_switching_a_chunk_sends_its_text_keywords_and_questions_along(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    leave_policy: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    added = ragflow.chunks.add(leave_policy, "Only on demand.", ["demand"], ["When?"])
    standin.reset_requests()
    place = {"dataset": leave_policy.dataset_id, "document": leave_policy.id, "chunk": added.id, "available": "0"}
    curator_client.post(ragflow_server.url("retrieval:chunk"), place)

    (sent,) = [entry["json"] for entry in standin.requests(tenant_key) if entry["method"] == standin.change]
    assert sent == {
        "content": "Only on demand.",
        "important_keywords": ["demand"],
        "questions": ["When?"],
        "available": False,
    }


def test_a_stranger_address_to_go_back_to_is_not_followed(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, leave_policy: Document
) -> None:
    hit = ragflow.retrieval.search("canteen", [leave_policy.dataset_id]).hits[0]
    place = {
        "dataset": leave_policy.dataset_id,
        "document": leave_policy.id,
        "chunk": hit.id,
        "back": "//elsewhere.example/",
    }

    response = curator_client.post(ragflow_server.url("retrieval:chunk"), {**place, "available": "1"})

    assert response["Location"] == ragflow_server.url("retrieval:lab")


def test_viewers_see_no_switch(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    url = lab(ragflow_server, q="leave")

    assert "Disable chunk" not in text_of(viewer_client.get(url))
    assert "Disable chunk" in text_of(curator_client.get(url))
