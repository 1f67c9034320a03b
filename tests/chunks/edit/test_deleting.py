"""Deleting chunks: it asks first, and deletes exactly what was named."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.chunks.edit.conftest import url_of
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_deleting_asks_first_and_then_deletes_exactly_what_was_named(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    chunk: Chunk,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    url = url_of(ragflow_server, "delete", document)

    asked = text_of(curator_client.get(url, {"only": chunk.id}, **HTMX))
    assert "Delete this chunk?" in asked
    assert "“Second sentence of it.”" in asked
    assert ragflow.chunks.list(document).total == 3

    standin.reset_requests()
    curator_client.post(url, {"id": [chunk.id]}, **HTMX)

    sent = [entry for entry in standin.requests(tenant_key) if entry["method"] == "DELETE"]
    assert len(sent) == 1
    assert ragflow.chunks.list(document).total == 2
    assert chunk.id not in {one.id for one in ragflow.chunks.list(document).items}


@pytest.mark.parametrize("posted", [{}, {"id": ""}, {"id": ["", ""]}, {"only": ""}, {"id": "f" * 16}])
def test_deleting_with_no_chunk_of_this_document_deletes_nothing(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    posted: dict[str, Any],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    standin.reset_requests()

    response = curator_client.post(url_of(ragflow_server, "delete", document), posted, follow=True)

    assert response.status_code == 200
    assert "DELETE" not in {entry["method"] for entry in standin.requests(tenant_key)}
    assert ragflow.chunks.list(document).total == 3


def test_a_chunk_of_another_document_is_not_deleted(
    curator_client: Client, ragflow_server: Server, document: Document, upload: Upload, ragflow: RAGFlow
) -> None:
    other = upload("other.txt", "Another text.")
    foreign = ragflow.chunks.list(other).items[0]

    curator_client.post(url_of(ragflow_server, "delete", document), {"id": [foreign.id]})

    assert ragflow.chunks.list(other).total == 1
