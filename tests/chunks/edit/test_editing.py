"""Changing chunks: what is sent to RAGFlow, what the page says then, and that nothing typed is lost."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.reading import text_of

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def document(upload: Upload) -> Document:
    """A document of three chunks."""
    return upload("leave.txt", "First sentence of all.\nSecond sentence of it.\nThird sentence then.")


@pytest.fixture
def chunk(ragflow: RAGFlow, document: Document) -> Chunk:
    """The second of them, with a keyword and a question."""
    second = ragflow.chunks.list(document).items[1]
    return ragflow.chunks.update(second, important_keywords=["leave"], questions=["How long?"])


def url_of(server: Server, name: str, document: Document, *more: str) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id, *more)


def now(ragflow: RAGFlow, chunk: Chunk) -> Chunk:
    return ragflow.chunks.get(chunk.dataset_id, chunk.document_id, chunk.id)


def form_of(client: Client, url: str) -> dict[str, str]:
    """What a browser would send if nothing was changed in the form."""
    page = client.get(url).content.decode()
    fields = {
        name: html.unescape(text).replace("\r\n", "\n").removeprefix("\n")
        for name, text in re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    }
    loaded = re.search(r'name="loaded" value="(\w+)"', page)
    assert loaded, "the form knows what was loaded"
    return {**fields, "loaded": loaded[1]}


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
    assert [entry["method"] for entry in requests] == ["GET", "GET", "GET", "PUT"]  # the name of the document, too
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
    standin.fault(kind, method="PUT", path="/chunks/", **more)

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
    standin.fault("code", method="PUT", path=f"/chunks/{found[0].id}", code=102, message="No model")

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


def test_every_write_is_recorded_without_the_text(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    url = url_of(ragflow_server, "edit", document, chunk.id)
    curator_client.post(url, {**form_of(curator_client, url), "content": "Secret words"})

    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "chunk.update"
    assert "Secret words" not in json.dumps(entry.detail)
