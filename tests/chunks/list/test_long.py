"""Long chunks: their beginning is drawn, the rest is on offer, and every text can be broken into lines in time."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from dashboard.assistants.chat import sources
from dashboard.chunks.list.rendering import BEGINNING, as_html
from dashboard.core import formatting
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document, Source
from dashboard.retrieval.lab import marking
from tests.chunks.conftest import Upload

LETTERS = "ب" * 20_000
EACH = formatting.UNBROKEN


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", "", parse=False)


@pytest.fixture
def chunk(ragflow: RAGFlow, document: Document) -> Chunk:
    return ragflow.chunks.add(document, LETTERS)


def address(server: Server, document: Document, name: str = "list", *more: str) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id, *more)


def chunk_text(page: str) -> str:
    """The text of the one chunk on the page, as it is drawn."""
    [text] = re.findall(r'<div class="ra-chunk-text".*?>(.*?)</div>', page, re.DOTALL)
    return str(text)


def longest_run(drawn: str) -> int:
    return max(map(len, re.split(r"<[^<>]*>|\s", html.unescape(drawn))))


def source(content: str, highlight: str | None = None) -> Source:
    return Source("c", content, "d", "a.txt", "k", "", (), highlight=highlight)


def test_of_a_chunk_of_20000_letters_the_beginning_is_drawn_and_the_rest_offered(
    viewer_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    page = viewer_client.get(address(ragflow_server, document)).content.decode()
    offered = re.search(r'hx-get="([^"]*whole=1[^"]*)"', page)
    assert offered
    whole = viewer_client.get(html.unescape(offered[1]), HTTP_HX_REQUEST="true").content.decode()

    assert chunk_text(page).count("ب") == BEGINNING
    assert "Show all 20,000 characters" in page
    assert chunk_text(whole).count("ب") == 20_000
    assert "Show all" not in whole
    assert longest_run(chunk_text(whole)) == EACH


def test_without_script_the_rest_is_a_page_away(
    viewer_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    page = viewer_client.get(address(ragflow_server, document)).content.decode()
    link = re.search(r'<a class="btn btn-sm"\s+href="([^"]*)"[^>]*whole=1', page)
    assert link

    assert chunk_text(viewer_client.get(html.unescape(link[1])).content.decode()).count("ب") == 20_000


def test_what_no_page_can_bear_is_a_file(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    made = ragflow.chunks.add(document, "word " * 30_000)
    page = viewer_client.get(address(ragflow_server, document), {"chunk": made.id}).content.decode()
    file = address(ragflow_server, document, "text", made.id)

    response = viewer_client.get(file)

    assert f'href="{file}"' in page
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.decode() == ragflow.chunks.get(document.dataset_id, document.id, made.id).content


def test_a_text_without_a_break_gets_places_to_break() -> None:
    drawn = formatting.drawn("a" * 1_200 + " <b>" + "ب" * EACH)

    assert drawn == f"{'a' * 500}<wbr>{'a' * 500}<wbr>{'a' * 200} &lt;b&gt;" + "ب" * 497 + "<wbr>" + "ب" * 3


@pytest.mark.parametrize(
    "text",
    [LETTERS, f"<table><tr><td>{LETTERS}</td></tr></table>", f"<table><tr><td>&amp;{LETTERS}&lt;</td></tr></table>"],
)
def test_chunks_and_their_tables_have_places_to_break(text: str) -> None:
    assert longest_run(as_html(text)) <= EACH + 1
    assert as_html(text).count("ب") == 20_000


def test_a_mark_that_is_cut_is_closed() -> None:
    drawn = as_html("word " * 1_198 + "<em>" + "found" * 10 + "</em>", marked=True, most=BEGINNING)

    assert "<mark>foundf</mark> …" in drawn
    assert "&lt;em" not in drawn


def test_a_table_that_is_cut_stays_a_table() -> None:
    rows = "".join(f"<tr><td>Row {number}</td><td>words</td></tr>" for number in range(1_000))

    drawn = as_html(f"Before it.<table>{rows}</table>", most=BEGINNING)

    assert "&lt;" not in drawn
    assert drawn.endswith("</table></div>")
    assert "Row 50<" in drawn
    assert "Row 999" not in drawn


@pytest.mark.parametrize(
    "given",
    [source(LETTERS), source(LETTERS, f"<em>b</em>{LETTERS}"), source(f"<table><tr><td>{LETTERS}</td></tr></table>")],
)
def test_of_a_source_in_a_chat_the_beginning_is_drawn(given: Source) -> None:
    drawn = sources.text_html(given, "what does it say")

    assert drawn.count("ب") <= BEGINNING
    assert longest_run(drawn) <= EACH + 1


def test_of_a_hit_in_retrieval_the_beginning_is_drawn() -> None:
    whole = marking.whole(source(LETTERS))

    assert whole
    assert whole.count("ب") == marking.WHOLE
    assert longest_run(whole) <= EACH


def test_of_long_metadata_the_beginning_is_drawn_and_the_rest_offered(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    ragflow.documents.update(document, meta_fields={"remark": "ن" * 3_000})

    page = viewer_client.get(address(ragflow_server, document, "metadata")).content.decode()

    assert "Show all 3,000 characters" in page
    assert page.count("ن") == 999 + 3_000
    assert longest_run(page[page.index("Show all") :].partition("</details>")[0]) == EACH


def test_a_form_with_a_text_without_a_break_does_not_wrap_it(
    curator_client: Client, ragflow_server: Server, document: Document, chunk: Chunk
) -> None:
    page = curator_client.get(address(ragflow_server, document, "edit", chunk.id)).content.decode()

    assert 'wrap="off"' in page
