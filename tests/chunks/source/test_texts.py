"""Texts beside the chunks: the chunk is found and marked, and long files are shown in part."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from dashboard.chunks.source import file
from dashboard.chunks.source import text as source_text
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.source_pane import body_of, first_chunk, marked


def test_the_chunks_text_is_marked_in_the_text_of_the_file(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("leave.txt", "Before it.\nThe notice period is seven weeks.\nAfter it.")

    body = body_of(viewer_client, ragflow_server, document, chunk=first_chunk(ragflow, document, 1))

    assert marked(body) == ["The notice period is seven weeks."]
    assert body.count("data-hit") == 1
    assert "Before it." in body
    assert "After it." in body


def test_a_text_that_was_edited_is_said_not_to_be_in_the_file(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("leave.txt", "The notice period is seven weeks.")
    chunk = ragflow.chunks.list(document).items[0]
    ragflow.chunks.update(chunk, content="Quite different words stand here by now.")

    body = body_of(curator_client, ragflow_server, document, chunk=chunk.id)

    assert marked(body) == []
    assert "The exact text of this chunk" in body
    assert "seven weeks" in body


def test_html_is_shown_as_text_and_tags_do_not_hide_the_chunk(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    page = "<html><body><script>alert(1)</script><p>Doors close at <b>ten &amp; a half</b>.</p></body></html>"
    document = upload("news.html", page)

    body = body_of(viewer_client, ragflow_server, document, chunk=first_chunk(ragflow, document))

    assert "<script" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert marked(body) == ["Doors close at <b>ten &amp; a half</b>."]


def test_of_a_long_text_the_part_around_the_chunk_is_shown_with_ways_to_the_rest(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    lines = [f"Paragraph {number:05} says something of its own about the matter." for number in range(6_000)]
    lines[4_000] = "Here the needle lies in the hay."
    document = upload("long.txt", "\n".join(lines), parse=False)
    made = ragflow.chunks.add(document, lines[4_000])

    body = body_of(viewer_client, ragflow_server, document, chunk=made.id)

    assert marked(body) == ["Here the needle lies in the hay."]
    assert len(body) < 2 * source_text.WINDOW
    assert "Paragraph 03999" in body
    assert "Paragraph 00001" not in body
    later = re.search(r'hx-get="([^"]+)"[^>]*>(?:<svg.*?</svg>)Show later part', body)
    assert later
    after = viewer_client.get(html.unescape(later[1]), HTTP_HX_REQUEST="true").content.decode()
    assert "Paragraph 05000" in after
    assert marked(after) == []


def test_a_file_that_is_too_long_is_read_in_part_and_says_so(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file, "TEXT", 30)
    document = upload("long.txt", "The beginning of it all.\nThe end of it all.", parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert "The beginning" in body
    assert "The end of it all" not in body
    assert "Showing only the first part of this file." in body


def test_walking_from_chunk_to_chunk_fetches_the_file_once(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    upload: Upload,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    document = upload("leave.txt", "The first sentence.\nThe second sentence.")
    chunks = [chunk.id for chunk in ragflow.chunks.list(document).items]

    standin.reset_requests()
    for chunk in chunks:
        body_of(viewer_client, ragflow_server, document, chunk=chunk)

    paths = [entry["path"].rpartition("/")[2] for entry in standin.requests(tenant_key)]
    assert paths == ["chunks", document.id, "chunks"]


def test_text_in_an_old_encoding_is_read(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    said = "员工每年享有二十八天带薪年假，须至少提前两周在员工门户中申请。最多五天可以结转到下一年。"  # noqa: RUF001
    document = upload("handbook.txt", said.encode("gb18030"), parse=False)
    made = ragflow.chunks.add(document, said[:17])

    body = body_of(viewer_client, ragflow_server, document, chunk=made.id)

    assert marked(body) == [said[:17]]


def test_spaces_and_line_breaks_count_for_nothing() -> None:
    text = "One two\n  three,\tfour. Five."

    [span] = source_text.spans(text, "two three , four.")

    assert text[span.start : span.end] == "two\n  three,\tfour."


def test_a_chunk_far_down_in_a_long_page_is_found_in_its_place() -> None:
    text = "".join(f"<p class='x'>Paragraph {number:06} of &amp; in\n the page.</p>\n" for number in range(5_000))

    [span] = source_text.spans(text, "Paragraph 004711 of & in the page. Paragraph 004712", markup=True)

    assert text[span.start :].startswith("Paragraph 004711 of &amp; in")
    assert text[: span.end].endswith("Paragraph 004712")


def test_lines_that_are_found_are_marked_when_the_whole_is_not() -> None:
    text = "A first long line.\nAn unrelated line.\nA second long line."

    spans = source_text.spans(text, "A first long line.\nWords of nobody at all.\nA second long line.")

    assert [text[span.start : span.end] for span in spans] == ["A first long line.", "A second long line."]


def test_texts_made_to_stop_us_are_read_once() -> None:
    assert source_text.spans("a" * 300_000, "a " * 2_000 + "b") == ()
    assert source_text.spans("<" * 300_000, "a long enough text", markup=True) == ()
    assert source_text.spans("<!--" * 100_000, "a long enough text", markup=True) == ()
    assert source_text.spans("&" * 300_000, "a long enough text", markup=True) == ()
