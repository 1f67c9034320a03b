"""Changing a chunk: what is sent to RAGFlow, what the page says then, and that nothing typed is lost."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.edit.conftest import form_of, now, url_of
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_the_form_shows_what_is_stored(curator_client: Client, ragflow_server: Server, chunk: Chunk) -> None:
    form = form_of(curator_client, ragflow_server.url("chunks:edit", chunk.dataset_id, chunk.document_id, chunk.id))

    assert form["content"].strip() == "Second sentence of it."
    assert form["important_keywords"].strip() == "leave"
    assert form["questions"].strip() == "How long?"


def test_a_save_always_sends_text_keywords_and_questions_together(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    chunk: Chunk,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)
    standin.reset_requests()

    response = curator_client.post(f"{url}?n=2", {**form, "content": "Better\r\nwords."}, **HTMX)

    requests = standin.requests(tenant_key)
    assert [entry["method"] for entry in requests] == [
        "GET",
        "GET",
        "GET",
        standin.change,
    ]  # the name of the document, too
    assert now(ragflow, chunk).content == "Better\nwords."
    assert now(ragflow, chunk).important_keywords == ("leave",)
    assert now(ragflow, chunk).questions == ("How long?",)
    assert 'aria-label="Chunk 2"' in text_of(response)
    assert "Better\nwords." in text_of(response)
    assert "<html" not in text_of(response)


def test_nothing_is_sent_when_nothing_was_changed(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    made = ragflow.chunks.add(document, "  one\r\ntwo \n", [" spaced "], ["a?", "a?"])
    url = url_of(ragflow_server, "edit", document, made.id)
    form = form_of(curator_client, url)
    standin.reset_requests()

    response = curator_client.post(url, {**form, "content": form["content"].replace("\n", "\r\n")})

    assert response.status_code == 302
    assert {entry["method"] for entry in standin.requests(tenant_key)} == {"GET"}


def test_without_script_saving_leads_back_to_the_page_of_the_list(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)

    response = curator_client.post(f"{url}?n=2&page=1&page_size=50", {**form, "content": "New"}, follow=True)

    assert response.request["QUERY_STRING"] == "page_size=50"
    assert "Chunk saved" in text_of(response)
    assert "<p>New</p>" in text_of(response)


@pytest.mark.parametrize("content", ["", "  \n "])
def test_an_empty_text_is_refused_and_the_rest_stays(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    chunk: Chunk,
    ragflow: RAGFlow,
    content: str,
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)

    response = curator_client.post(url, {**form, "content": content, "questions": "Typed?"}, **HTMX)

    assert response.status_code == 422
    assert "Enter at least one visible character." in text_of(response)
    assert "Typed?" in text_of(response)
    assert now(ragflow, chunk) == chunk


@pytest.mark.parametrize("htmx", [HTMX, {}])
@pytest.mark.parametrize("kind", ["code", "error500", "html", "drop"])
def test_what_was_typed_stays_when_ragflow_refuses_or_fails(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    chunk: Chunk,
    standin: StandinProcess,
    kind: str,
    htmx: dict[str, str],
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)
    more = {"code": 102, "message": "Q&A must be separated by TAB/ENTER key."} if kind == "code" else {}
    standin.fault(kind, method=standin.change, path="/chunks/", **more)

    response = curator_client.post(url, {**form, "content": "My <b>long</b> work"}, **htmx)

    assert response.status_code == 422
    assert "My &lt;b&gt;long&lt;/b&gt; work</textarea>" in response.content.decode()
    assert 'role="alert"' in text_of(response)
    if kind == "code":
        assert "Q&A must be separated by TAB/ENTER key." in text_of(response)


def test_a_change_made_elsewhere_is_noticed_and_shown_before_it_is_replaced(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk, ragflow: RAGFlow
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)
    ragflow.chunks.update(chunk, content="Their <i>text</i>")

    refused = curator_client.post(url, {**form, "content": "My text"}, **HTMX)

    assert refused.status_code == 422
    assert "Someone else changed this chunk" in text_of(refused)
    assert "Their &lt;i&gt;text&lt;/i&gt;" in refused.content.decode()
    assert "My text</textarea>" in text_of(refused)
    assert now(ragflow, chunk).content == "Their <i>text</i>"

    loaded = re.search(r'name="loaded" value="(\w+)"', refused.content.decode())
    assert loaded
    saved = curator_client.post(url, {**form, "content": "My text", "loaded": loaded[1]}, **HTMX)

    assert saved.status_code == 200
    assert now(ragflow, chunk).content == "My text"


def test_what_was_typed_can_be_added_when_the_chunk_was_deleted_meanwhile(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk, ragflow: RAGFlow
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    form = form_of(curator_client, url)
    ragflow.chunks.delete(document, [chunk])

    refused = curator_client.post(url, {**form, "content": "My text"}, **HTMX)

    assert refused.status_code == 422
    assert "This chunk no longer exists." in text_of(refused)
    assert "My text</textarea>" in text_of(refused)
    add = url_of(ragflow_server, "add", document)
    assert f'action="{add}"' in text_of(refused)

    curator_client.post(add, {**form, "content": "My text"})

    assert "My text" in [found.content for found in ragflow.chunks.list(document).items]


def test_a_list_that_lags_behind_still_shows_what_was_saved(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk, ragflow: RAGFlow
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    curator_client.post(url, {**form_of(curator_client, url), "content": "Saved words"})
    # RAGFlow's index answers as it was for about a second.
    ragflow.chunks.update(chunk, content=chunk.content)
    late = text_of(curator_client.get(url_of(ragflow_server, "list", document)))
    ragflow.chunks.update(chunk, content="Somebody else's words")
    later = text_of(curator_client.get(url_of(ragflow_server, "list", document)))

    assert "<p>Saved words</p>" in late
    assert "<p>Somebody else's words</p>" in later


def test_hostile_chunks_stay_text_in_the_form(
    curator_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    text = "</textarea><script>alert(1)</script>"
    made = ragflow.chunks.add(document, text, [text], [text])

    form = curator_client.get(url_of(ragflow_server, "edit", document, made.id), **HTMX).content.decode()
    asked = curator_client.get(url_of(ragflow_server, "delete", document), {"only": made.id}).content.decode()

    assert "<script>alert" not in form
    assert "<script>alert" not in asked
    assert form.count("&lt;/textarea&gt;&lt;script&gt;") == 3


def test_every_write_is_recorded_without_the_text(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    curator_client.post(url, {**form_of(curator_client, url), "content": "Secret words"})

    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "chunk.update"
    assert "Secret words" not in json.dumps(entry.detail)
