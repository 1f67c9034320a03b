"""The lab when something is wrong: what it refuses, what RAGFlow refuses, servers that stumble, hostile texts."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.lab_asking import asked, lab
from tests.support.pages.reading import text_of


def add_chunk(ragflow: RAGFlow, dataset: Dataset) -> None:
    """A dataset with one chunk, written by hand."""
    import io

    stored = ragflow.documents.upload(dataset, "one.txt", io.BytesIO(b"Leave."), 6)
    ragflow.chunks.add(ragflow.documents.get(dataset.id, stored.id), "Leave of another kind.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"similarity_threshold": "2"}, "Enter a number from 0 to 1, such as 0.2."),
        ({"similarity_threshold": "warm"}, "Enter a number from 0 to 1, such as 0.2."),
        ({"vector_similarity_weight": "-1"}, "Enter a number from 0 to 1, such as 0.3."),
        ({"top_k": "0"}, "Enter a whole number from 1 to 10,000."),
        ({"cross_languages": ",".join("abcdefghijkl")}, "Enter at most 10 languages (you entered 12)."),
        ({"dataset": "f" * 32}, "No dataset with the ID"),
        ({"document": "../x"}, "No document with the ID “../x”."),
        ({"meta_name": "department"}, "Enter a value to compare “department” with."),
        ({"meta_name": "a", "meta_value": "b", "meta_operator": "like"}, "Unknown operator “like”."),
        ({"q": "x" * 2001}, "Enter at most 2000 characters (you entered 2001)."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_asked(
    given: dict[str, str],
    message: str,
    viewer_client: Client,
    ragflow_server: Server,
    leave_policy: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    standin.reset_requests()
    response = viewer_client.get(lab(ragflow_server, **{"q": "leave", **given}))

    assert response.status_code == 422
    assert message in text_of(response)
    assert asked(standin, tenant_key) == []
    for value in given.values():
        assert value in text_of(response), "what was typed stays"


def test_documents_and_conditions_together_are_refused_because_ragflow_ignores_the_conditions(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(
        lab(ragflow_server, q="leave", document=leave_policy.id, meta_name="department", meta_value="HR")
    )

    assert response.status_code == 422
    assert "RAGFlow ignores metadata conditions when documents are chosen" in text_of(response)


def test_two_embedding_models_are_refused_before_ragflow_is_asked(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    leave_policy: Document,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    models = [model.id for model in ragflow.system.models("embedding")]
    first = ragflow.datasets.get(leave_policy.dataset_id)
    other_model = next(model for model in models if model != first.embedding_model)
    other = ragflow.datasets.create(name="Other model", embedding_model=other_model)
    add_chunk(ragflow, other)
    standin.reset_requests()

    response = viewer_client.get(lab(ragflow_server, ("dataset", first.id), ("dataset", other.id), q="leave"))
    alone = text_of(viewer_client.get(lab(ragflow_server, dataset=first.id)))

    assert response.status_code == 422
    assert "Choose datasets that share an embedding model." in text_of(response)
    assert asked(standin, tenant_key) == []
    assert "different embedding model: " in alone


def test_a_refusal_of_ragflow_stands_at_its_field(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess, tenant_key: str
) -> None:
    rerank = viewer_client.get(lab(ragflow_server, q="leave", rerank_id="gone@Nobody"))
    foreign = viewer_client.get(lab(ragflow_server, q="leave", document="e" * 32))
    standin.fault(
        method="POST",
        path="/api/v1/retrieval",
        kind="code",
        code=102,
        message='Datasets use different embedding models."',
    )
    mixed = viewer_client.get(lab(ragflow_server, q="leave"))

    assert (rerank.status_code, foreign.status_code, mixed.status_code) == (422, 422, 422)
    assert "have this rerank model" in text_of(rerank)
    assert "The datasets don't own the document" in text_of(foreign)
    assert "Datasets use different embedding models." in text_of(mixed)


def test_a_server_that_stumbles_is_quoted_beside_the_settings(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document
) -> None:
    response = viewer_client.get(lab(ragflow_server, q="leave", toc_enhance="on"))

    assert "answer this question." in text_of(response)
    assert "toc_kwd" in text_of(response)
    assert "Turn off “Table of contents”." in text_of(response)


def test_a_server_that_is_away_is_an_error_page(
    viewer_client: Client, ragflow_server: Server, leave_policy: Document, standin: StandinProcess
) -> None:
    viewer_client.get(ragflow_server.url("retrieval:lab"))
    standin.fault(method="POST", path="/api/v1/retrieval", kind="drop")

    assert viewer_client.get(lab(ragflow_server, q="leave")).status_code == 502


def test_hostile_texts_stay_texts(viewer_client: Client, ragflow_server: Server, upload: Upload) -> None:
    upload("<img src=x onerror=alert(1)>.txt", 'leave <script>alert("x")</script> <em>leave</em> <svg onload=alert(1)>')
    for question in ("leave", '"><script>alert(1)</script>', "leave \u202e\x07 <em>"):
        page = viewer_client.get(lab(ragflow_server, q=question, similarity_threshold="0", highlight="on"))
        body = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in body
        assert "<svg onload" not in body
        assert "<img src=x" not in body
