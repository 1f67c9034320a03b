"""The journal: what was edited is known, warned about before parsing again, and brought back afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.chunks.edit.editing import digest
from dashboard.models import AuditEntry, ChunkEdit, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload, settled
from tests.support.pages.reading import text_of

LINES = "First sentence of all.\nSecond sentence of it.\nThird sentence then."


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", LINES)


@pytest.fixture
def edit(curator_client: Client, ragflow_server: Server) -> Callable[..., None]:
    """Edits a chunk through the page: ``edit(chunk, content="…")``."""

    def make(chunk: Chunk, **said: str) -> None:
        url = ragflow_server.url("chunks:edit", chunk.dataset_id, chunk.document_id, chunk.id)
        form = {"content": chunk.content, "loaded": digest(chunk), **said}
        assert curator_client.post(url, form).status_code == 302

    return make


@pytest.fixture
def parse_again(curator_client: Client, ragflow_server: Server, ragflow: RAGFlow) -> Callable[[Document], None]:
    def make(document: Document) -> None:
        url = ragflow_server.url("documents:parse", document.dataset_id)
        curator_client.post(url, {"id": document.id, "confirmed": "yes"})
        settled(ragflow, document)

    return make


def url_of(server: Server, name: str, document: Document) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id)


def contents(ragflow: RAGFlow, document: Document) -> list[str]:
    return [chunk.content for chunk in ragflow.chunks.list(document).items]


def test_an_edit_is_written_down_with_who_and_before_and_after(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
) -> None:
    chunk = ragflow.chunks.list(document).items[1]
    edit(chunk, content="Better <b>words</b>.", important_keywords="leave")

    entry = ChunkEdit.objects.get()
    page = curator_client.get(url_of(ragflow_server, "edits", document)).content.decode()

    assert (entry.username, entry.chunk_id) == ("curator", chunk.id)
    assert entry.before["content"] == "Second sentence of it."
    assert entry.after["content"] == "Better <b>words</b>."
    assert "Second sentence of it." in page
    assert "Better &lt;b&gt;words&lt;/b&gt;." in page
    assert "1 edited" in text_of(curator_client.get(url_of(ragflow_server, "list", document)))


def test_what_is_undone_counts_as_no_edit(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
) -> None:
    chunk = ragflow.chunks.list(document).items[0]
    edit(chunk, content="Other")
    edit(ragflow.chunks.get(document.dataset_id, document.id, chunk.id), content=chunk.content)

    page = text_of(curator_client.get(url_of(ragflow_server, "edits", document)))

    assert "No chunks edited since then." in page


def test_parsing_again_warns_how_many_edits_will_be_lost(
    curator_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow, edit: Callable[..., None]
) -> None:
    first, second, third = ragflow.chunks.list(document).items
    url = ragflow_server.url("documents:parse", document.dataset_id)
    before = text_of(curator_client.post(url, {"id": document.id}))
    edit(first, content="One")
    edit(second, questions="Who?")
    curator_client.post(url_of(ragflow_server, "delete", document), {"id": third.id})

    asked = text_of(curator_client.post(url, {"id": document.id}))

    assert "will be lost" not in before
    assert "3 edited chunks will be lost" in asked


def test_edits_lost_by_parsing_again_are_applied_again(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
) -> None:
    first, second, third = ragflow.chunks.list(document).items
    edit(first, content="One, mended", important_keywords="uno", questions="Which?")
    curator_client.post(url_of(ragflow_server, "switch", document), {"only": second.id, "available": "0"})
    curator_client.post(url_of(ragflow_server, "delete", document), {"id": third.id})
    curator_client.post(url_of(ragflow_server, "add", document), {"content": "By hand"})
    parse_again(document)
    assert contents(ragflow, document) == LINES.splitlines()

    banner = text_of(curator_client.get(url_of(ragflow_server, "list", document)))
    page = text_of(curator_client.get(url_of(ragflow_server, "edits", document)))
    ids = list(ChunkEdit.objects.values_list("chunk_id", flat=True))
    done = curator_client.post(url_of(ragflow_server, "apply", document), {"id": ids}, follow=True)

    assert "4 edited chunks were lost when this document was reparsed." in banner
    assert "the edit can be reapplied" in page
    assert "can be added again" in page
    assert "can be deleted again" in page
    assert "Reapplied 4 edits" in text_of(done)
    assert sorted(contents(ragflow, document)) == ["By hand", "One, mended", "Second sentence of it."]
    again = {chunk.content: chunk for chunk in ragflow.chunks.list(document).items}
    assert again["One, mended"].important_keywords == ("uno",)
    assert again["One, mended"].questions == ("Which?",)
    assert not again["Second sentence of it."].available
    assert "were lost" not in text_of(curator_client.get(url_of(ragflow_server, "list", document)))


def test_a_text_that_is_cut_otherwise_now_is_found_by_its_words(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
) -> None:
    # The chunk had other blanks when it was edited: its id is another one now.
    old = ragflow.chunks.add(document, "Second  sentence\nof it.")
    edit(old, content="Second, mended")
    parse_again(document)

    curator_client.post(url_of(ragflow_server, "apply", document), {"id": [old.id]})

    assert contents(ragflow, document) == ["First sentence of all.", "Second, mended", "Third sentence then."]


def test_an_edit_whose_text_is_gone_is_added(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
) -> None:
    old = ragflow.chunks.add(document, "Nowhere in the file")
    edit(old, content="Nowhere, mended")
    parse_again(document)

    page = text_of(curator_client.get(url_of(ragflow_server, "edits", document)))
    curator_client.post(url_of(ragflow_server, "apply", document), {"id": [old.id]})

    assert "your version can be added as a new chunk" in page
    assert sorted(contents(ragflow, document)) == sorted([*LINES.splitlines(), "Nowhere, mended"])


def test_only_what_was_chosen_is_applied_and_the_rest_can_be_forgotten(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
) -> None:
    first, second, _ = ragflow.chunks.list(document).items
    edit(first, content="One")
    edit(second, content="Two")
    parse_again(document)
    url = url_of(ragflow_server, "apply", document)

    nothing = curator_client.post(url, {}, follow=True)
    curator_client.post(url, {"id": [first.id]})
    curator_client.post(url, {"id": [second.id], "forget": "1"})

    assert "Nothing selected" in text_of(nothing)
    assert contents(ragflow, document) == ["One", "Second sentence of it.", "Third sentence then."]
    assert "were lost" not in text_of(curator_client.get(url_of(ragflow_server, "list", document)))
    assert ChunkEdit.objects.filter(chunk_id=second.id, settled=True).exists()


def test_an_edit_that_fails_is_offered_again(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
    standin: StandinProcess,
) -> None:
    first = ragflow.chunks.list(document).items[0]
    edit(first, content="One")
    parse_again(document)
    standin.fault("code", method=standin.change, path="/chunks/", code=102, message="No model")
    url = url_of(ragflow_server, "apply", document)

    failed = text_of(curator_client.post(url, {"id": [first.id]}, follow=True))
    standin.clear_faults()
    curator_client.post(url, {"id": [first.id]})

    assert "1 edit not reapplied" in failed
    assert "No model" in failed
    assert contents(ragflow, document)[0] == "One"


def test_looking_at_lost_edits_costs_at_most_three_calls_for_each(
    viewer_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    edit: Callable[..., None],
    parse_again: Callable[[Document], None],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    for chunk in ragflow.chunks.list(document).items:
        edit(chunk, content=f"{chunk.content} Mended.")
    parse_again(document)
    standin.reset_requests()

    page = text_of(viewer_client.get(url_of(ragflow_server, "edits", document)))

    assert page.count("the edit can be reapplied") == 3
    assert len(standin.requests(tenant_key)) <= 1 + 3 * 3
    assert "Reapply selected" not in page


def test_the_audit_trail_does_not_hold_the_text(
    ragflow: RAGFlow, ragflow_server: Server, document: Document, edit: Callable[..., None]
) -> None:
    edit(ragflow.chunks.list(document).items[0], content="Secret words")

    assert "Secret words" not in json.dumps(AuditEntry.objects.latest("pk").detail)


def test_what_the_retrieval_lab_switches_off_is_off_again_after_parsing(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    ragflow: RAGFlow,
    parse_again: Callable[[Document], None],
) -> None:
    chunk = ragflow.chunks.list(document).items[1]
    place = {"dataset": document.dataset_id, "document": document.id, "chunk": chunk.id}
    curator_client.post(ragflow_server.url("retrieval:chunk"), {**place, "available": "0"})
    assert [chunk.available for chunk in ragflow.chunks.list(document).items] == [True, False, True]

    parse_again(document)

    assert [chunk.available for chunk in ragflow.chunks.list(document).items] == [True, True, True]
    assert "1 edited chunk was lost" in text_of(curator_client.get(url_of(ragflow_server, "list", document)))
    curator_client.post(url_of(ragflow_server, "apply", document), {"id": chunk.id})
    assert [chunk.available for chunk in ragflow.chunks.list(document).items] == [True, False, True]
