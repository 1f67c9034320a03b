"""Documents are shown and compared by what they are called now: RAGFlow's chunks keep the name they were cut with."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.documents.query import document_names
from dashboard.models import AuditEntry, QuestionSet, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import lab, run_to_the_end, said, started


@pytest.fixture
def renamed(ragflow: RAGFlow, handbook: Document) -> Document:
    """A document whose chunks still say ``leave.txt``; renamed behind the dashboard's back."""
    return ragflow.documents.update(handbook, name="beta.txt")


def test_the_lab_shows_what_a_document_is_called_now(
    viewer_client: Client, ragflow: RAGFlow, ragflow_server: Server, renamed: Document
) -> None:
    assert ragflow.retrieval.search("soup", [renamed.dataset_id]).hits[0].document_name == "leave.txt"

    page = said(viewer_client.get(lab(ragflow_server, q="soup", dataset=renamed.dataset_id)))

    assert "beta.txt" in page
    assert "leave.txt" not in page


def test_a_set_that_expects_the_present_name_counts_a_hit(
    ragflow_server: Server, renamed: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["beta.txt"])

    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", "rank")) == [("asked", 1)]


def test_a_document_is_not_found_by_the_name_that_it_had_before(
    ragflow_server: Server, renamed: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])

    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", "rank")) == [("asked", None)]


def test_a_run_asks_for_names_once_and_not_with_every_question(
    ragflow_server: Server, renamed: Document, questions: QuestionSet, standin: StandinProcess, tenant_key: str
) -> None:
    for text in ("soup", "canteen", "parental"):
        questions.questions.create(text=text, documents=["beta.txt"])
    run = started(questions)
    standin.reset_requests()

    run_to_the_end(run)

    paths = [entry["path"] for entry in standin.requests(tenant_key)]
    assert len([path for path in paths if path.endswith("/documents")]) == 1


def test_a_run_goes_on_when_names_cannot_be_asked_for(
    ragflow_server: Server, handbook: Document, questions: QuestionSet, standin: StandinProcess
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    standin.fault("error500", path="/documents$")

    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", "rank")) == [("asked", 1)]


def test_a_document_that_a_question_is_limited_to_has_its_present_name(
    viewer_client: Client, ragflow: RAGFlow, ragflow_server: Server, renamed: Document
) -> None:
    address = lab(ragflow_server, q="soup", dataset=renamed.dataset_id, document=renamed.id)
    viewer_client.get(address)
    ragflow.documents.update(ragflow.documents.get(renamed.dataset_id, renamed.id), name="gamma.txt")
    document_names.remember(ragflow_server, [(renamed.id, "gamma.txt")])

    assert "gamma.txt" in said(viewer_client.get(address))


def test_deleting_chunks_names_their_document_as_it_is_called_now(
    curator_client: Client, ragflow: RAGFlow, ragflow_server: Server, renamed: Document
) -> None:
    chunk = ragflow.chunks.list(renamed).items[0]
    delete = ragflow_server.url("chunks:delete", renamed.dataset_id, renamed.id)

    page = said(curator_client.get(f"{delete}?id={chunk.id}"))

    assert "It will be deleted from beta.txt" in page


def test_the_audit_trail_of_a_chunk_tells_the_present_name(
    curator_client: Client, ragflow: RAGFlow, ragflow_server: Server, renamed: Document
) -> None:
    chunk = ragflow.chunks.list(renamed).items[0]
    place = {"dataset": renamed.dataset_id, "document": renamed.id, "chunk": chunk.id}

    curator_client.post(ragflow_server.url("retrieval:chunk"), {**place, "available": "0"})

    assert AuditEntry.objects.get(action="chunk.update").target_names == ["beta.txt"]
