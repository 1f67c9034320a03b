"""Chunks that are added, switched on and off, or gone."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.edit.conftest import now, url_of
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_a_chunk_is_added_with_keywords_and_questions_and_opened(
    curator_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    said = {"content": "By hand", "important_keywords": "a\r\n b \r\n\r\na", "questions": "Who?"}

    response = curator_client.post(url_of(ragflow_server, "add", document), said)

    made = ragflow.chunks.get(document.dataset_id, document.id, response["Location"].rpartition("=")[2])
    assert (made.content, made.important_keywords, made.questions) == ("By hand", ("a", "b"), ("Who?",))
    assert "Chunk added" in text_of(curator_client.get(response["Location"]))


def test_a_refused_new_chunk_keeps_what_was_typed(
    curator_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess
) -> None:
    standin.fault("code", method="POST", path="/chunks$", code=102, message="No embedding model")

    response = curator_client.post(url_of(ragflow_server, "add", document), {"content": "By hand"})

    assert response.status_code == 422
    assert "No embedding model" in text_of(response)
    assert "By hand</textarea>" in text_of(response)


def test_a_switch_changes_one_card(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk, ragflow: RAGFlow
) -> None:
    url = url_of(ragflow_server, "switch", document)

    off = curator_client.post(f"{url}?n=2", {"only": chunk.id, "available": "0"}, **HTMX)

    assert 'aria-checked="false"' in text_of(off)
    assert 'aria-label="Chunk 2"' in text_of(off)
    assert not now(ragflow, chunk).available
    assert now(ragflow, chunk).questions == ("How long?",)


def test_several_chunks_are_switched_and_listed_again(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    ids = [found.id for found in ragflow.chunks.list(document).items[:2]]
    standin.reset_requests()

    response = curator_client.post(
        url_of(ragflow_server, "switch", document), {"id": ids, "available": "0", "page": "1"}, **HTMX
    )

    assert response["HX-Retarget"] == "#chunks"
    assert "Turned off 2 chunks" in text_of(response)
    assert text_of(response).count('aria-checked="false"') == 2
    assert len(standin.requests(tenant_key)) <= 3 * len(ids) + 2


def test_one_that_fails_does_not_keep_the_others_from_being_switched(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    standin: StandinProcess,
) -> None:
    found = ragflow.chunks.list(document).items
    standin.fault("code", method=standin.change, path=f"/chunks/{found[0].id}", code=102, message="No model")

    response = curator_client.post(
        url_of(ragflow_server, "switch", document),
        {"id": [*(one.id for one in found), "f" * 16], "available": "0"},
        follow=True,
    )

    page = text_of(response)
    assert "Turned off 2 chunks" in page
    assert "1 chunk not changed" in page
    assert "No model" in page
    assert "1 chunk is no longer in this document" in page
    assert [one.available for one in ragflow.chunks.list(document).items] == [True, False, False]


def test_viewers_are_offered_nothing_to_change(
    viewer_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    page = text_of(viewer_client.get(url_of(ragflow_server, "list", document)))
    card = text_of(viewer_client.get(url_of(ragflow_server, "card", document, chunk.id), **HTMX))

    for offered in (page, card):
        assert "Second sentence" in offered
        assert "/edit/" not in offered
        assert "delete/" not in offered
        assert 'role="switch"' not in offered
    assert "Add chunk" not in page


def test_a_card_that_is_gone_says_so(curator_client: Client, ragflow_server: Server, document: Document) -> None:
    for name in ("card", "edit"):
        response = curator_client.get(url_of(ragflow_server, name, document, "f" * 16), **HTMX)
        assert "This chunk no longer exists." in text_of(response)
        plain = curator_client.get(url_of(ragflow_server, name, document, "f" * 16), follow=True)
        assert "This chunk no longer exists." in text_of(plain)
