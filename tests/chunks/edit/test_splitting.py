"""One chunk made two, two made one, and the way back; text is never nowhere, whatever fails in between."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.chunks.edit import editing, splitting
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", "Alpha is one. Beta is two.\nGamma is three.")


@pytest.fixture
def pair(ragflow: RAGFlow, document: Document) -> tuple[Chunk, Chunk]:
    first, second = ragflow.chunks.list(document).items
    first = ragflow.chunks.update(first, important_keywords=["a", "b"], questions=["One?"])
    second = ragflow.chunks.update(second, important_keywords=["b", "c"], questions=["Three?"])
    return first, second


def url_of(server: Server, name: str, document: Document, *more: str) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id, *more)


def form_of(response: Any) -> dict[str, str]:
    """What a browser would send of the form in the answer."""
    page = response.content.decode()
    fields = re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="(\w*loaded)" value="(\w+)"', page)
    texts = {name: html.unescape(text).replace("\r\n", "\n").removeprefix("\n") for name, text in fields}
    return {**texts, **dict(hidden)}


def contents(ragflow: RAGFlow, document: Document) -> set[str]:
    return {chunk.content for chunk in ragflow.chunks.list(document).items}


@pytest.mark.parametrize(
    ("text", "at", "parts"),
    [
        ("One. Two.", 4, ("One.", "Two.")),
        ("One. Two.", None, ("One.", "Two.")),
        ("One. Two.", 0, ("One.", "Two.")),
        ("One. Two.", 999, ("One.", "Two.")),
        ("😀😀 b", 2, ("😀😀", "b")),
        ("First line\n\nSecond. And more.", None, ("First line", "Second. And more.")),
        ("undivided", None, ("undi", "vided")),
    ],
)
def test_a_text_is_cut_at_the_cursor_or_else_where_it_ends_best(
    text: str, at: int | None, parts: tuple[str, str]
) -> None:
    assert splitting.cut(text, at) == parts


def test_the_preview_shows_both_parts_of_what_is_typed_and_writes_nothing(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    pair: tuple[Chunk, Chunk],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    standin.reset_requests()

    typed = {"content": "Typed one.\r\nTyped two.", "at": "11", "loaded": editing.digest(pair[0])}
    preview = curator_client.post(url_of(ragflow_server, "split", document, pair[0].id), typed, **HTMX)

    assert form_of(preview)["content"] == "Typed one."
    assert form_of(preview)["second"] == "Typed two."
    assert {entry["method"] for entry in standin.requests(tenant_key)} == {"GET"}


def test_a_chunk_is_split_and_that_is_undone(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk], ragflow: RAGFlow
) -> None:
    before = contents(ragflow, document)
    url = url_of(ragflow_server, "split", document, pair[0].id)

    done = curator_client.post(url, form_of(curator_client.get(url)), follow=True)
    assert contents(ragflow, document) == {"Alpha is one.", "Beta is two.", "Gamma is three."}
    first = ragflow.chunks.get(document.dataset_id, document.id, pair[0].id)
    assert (first.important_keywords, first.questions) == (("a", "b"), ("One?",))
    assert "You split a chunk." in text_of(done)

    undone = curator_client.post(url_of(ragflow_server, "undo", document), follow=True)
    assert "Undone" in text_of(undone)
    assert "You split a chunk." not in text_of(undone)
    assert contents(ragflow, document) == before
    assert "Nothing to undo" in text_of(curator_client.post(url_of(ragflow_server, "undo", document), follow=True))


def test_two_chunks_are_joined_and_that_is_undone(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk], ragflow: RAGFlow
) -> None:
    before = contents(ragflow, document)
    url = url_of(ragflow_server, "merge", document, pair[0].id, pair[1].id)

    curator_client.post(url, form_of(curator_client.get(url)))
    (left,) = ragflow.chunks.list(document).items
    assert left.content == "Alpha is one. Beta is two.\nGamma is three."
    assert left.important_keywords == ("a", "b", "c")
    assert left.questions == ("One?", "Three?")

    curator_client.post(url_of(ragflow_server, "undo", document))
    assert contents(ragflow, document) == before


def test_a_joined_chunk_stands_where_both_stood_and_undoing_puts_each_back(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk], ragflow: RAGFlow
) -> None:
    boxes = ((1, 84, 420, 89, 118), (2, 84, 400, 40, 60))
    for chunk, box in zip(pair, boxes, strict=True):
        ragflow.chunks.update(chunk, positions=[box])
    url = url_of(ragflow_server, "merge", document, pair[0].id, pair[1].id)

    curator_client.post(url, form_of(curator_client.get(url)))
    assert [chunk.positions for chunk in ragflow.chunks.list(document).items] == [boxes]

    curator_client.post(url_of(ragflow_server, "undo", document))
    assert sorted(chunk.positions for chunk in ragflow.chunks.list(document).items) == [(box,) for box in boxes]


def test_undoing_is_refused_when_it_would_lose_a_later_change(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk], ragflow: RAGFlow
) -> None:
    url = url_of(ragflow_server, "merge", document, pair[0].id, pair[1].id)
    curator_client.post(url, form_of(curator_client.get(url)))
    ragflow.chunks.update(ragflow.chunks.list(document).items[0], content="Somebody's work")

    undone = curator_client.post(url_of(ragflow_server, "undo", document), follow=True)

    assert "Nothing undone" in text_of(undone)
    assert contents(ragflow, document) == {"Somebody's work"}


def test_a_change_made_elsewhere_stops_a_split_and_a_merge(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk], ragflow: RAGFlow
) -> None:
    split = url_of(ragflow_server, "split", document, pair[1].id)
    merge = url_of(ragflow_server, "merge", document, pair[0].id, pair[1].id)
    split_form, merge_form = form_of(curator_client.get(split)), form_of(curator_client.get(merge))
    ragflow.chunks.update(pair[1], content="Theirs")

    for url, form in ((split, split_form), (merge, merge_form)):
        refused = curator_client.post(url, form)
        assert refused.status_code == 422
        assert "Someone else changed one of these chunks since." in text_of(refused)
    assert contents(ragflow, document) == {"Alpha is one. Beta is two.", "Theirs"}


@pytest.mark.parametrize(
    ("name", "method"), [("split", "POST"), ("split", "change"), ("merge", "change"), ("merge", "DELETE")]
)
def test_no_text_is_lost_when_a_step_fails(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    pair: tuple[Chunk, Chunk],
    ragflow: RAGFlow,
    standin: StandinProcess,
    name: str,
    method: str,
) -> None:
    more = [pair[1].id] if name == "merge" else []
    url = url_of(ragflow_server, name, document, pair[0].id, *more)
    form = form_of(curator_client.get(url))
    failing = standin.change if method == "change" else method
    standin.fault("code", method=failing, path="/chunks", code=102, message="No model")

    failed = curator_client.post(url, form, **HTMX)

    assert failed.status_code == 422
    assert "No model" in text_of(failed)
    stored = " ".join(contents(ragflow, document))
    assert all(word in stored for word in ("Alpha", "Beta", "Gamma"))


def test_a_chunk_that_is_gone_leads_back_to_the_list(
    curator_client: Client, ragflow_server: Server, document: Document, pair: tuple[Chunk, Chunk]
) -> None:
    for url in (
        url_of(ragflow_server, "split", document, "f" * 16),
        url_of(ragflow_server, "merge", document, pair[0].id, "f" * 16),
    ):
        assert "no longer exists" in text_of(curator_client.get(url, follow=True))
