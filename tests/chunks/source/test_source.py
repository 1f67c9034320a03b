"""The source beside the chunks: the file is found, marked and cut to size, and nothing in it is ever executed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import Any

import docx
import openpyxl
import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image

from dashboard.chunks.source import file
from dashboard.chunks.source import packed as source_packed
from dashboard.chunks.source import text as source_text
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.source_pane import body_of, first_chunk, marked, marked_rows


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "#3053cf").save(out, "PNG")
    return out.getvalue()


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


def test_the_rows_of_a_chunk_are_marked_in_a_table(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("people.csv", "Name,Phone\nInes Vogel,214\nTomasz Lis,233\nAda <b>Brandt</b>,207\n")

    body = body_of(viewer_client, ragflow_server, document, chunk=first_chunk(ragflow, document, 1))

    assert marked_rows(body) == ["3"]
    assert "<bdi>Tomasz Lis</bdi>" in body
    assert "&lt;b&gt;Brandt" in body


def test_of_a_long_table_the_rows_around_the_chunk_are_shown(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    rows = "\n".join(f"Supplier {number},City {number}" for number in range(1_000))
    document = upload("suppliers.csv", f"Name,City\n{rows}\n", parse=False)
    made = ragflow.chunks.add(document, "Name: Supplier 700; City: City 700")

    body = body_of(viewer_client, ragflow_server, document, chunk=made.id)

    assert marked_rows(body) == ["702"]
    assert body.count("<tr") == 101
    assert "Show earlier part" in body
    assert "Show later part" in body


def test_the_sheet_with_the_chunk_is_opened(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Costs"
    book.active.append(["Month", "Sum"])
    book.active.append(["January", 1200])
    sheet = book.create_sheet("Income")
    sheet.append(["Month", "Sum"])
    sheet.append(["February", 3400])
    out = io.BytesIO()
    book.save(out)
    document = upload("figures.xlsx", out.getvalue(), parse=False)
    made = ragflow.chunks.add(document, "Month: February; Sum: 3400 ——Income")

    body = body_of(viewer_client, ragflow_server, document, chunk=made.id)

    assert marked_rows(body) == ["2"]
    assert "February" in body
    assert "January" not in body
    first = body_of(viewer_client, ragflow_server, document, chunk=made.id, sheet=0)
    assert "January" in first


def test_a_word_file_is_shown_as_its_text(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    made = docx.Document()
    made.add_paragraph("Holiday and leave of absence")
    made.add_paragraph("Every employee has 28 days of paid holiday a year.")
    out = io.BytesIO()
    made.save(out)
    document = upload("handbook.docx", out.getvalue())

    body = body_of(viewer_client, ragflow_server, document, chunk=first_chunk(ragflow, document, 1))

    assert marked(body) == ["Every employee has 28 days of paid holiday a year."]
    assert "without the layout" in body


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"0" * (source_packed.UNPACKED + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.docx", b"not a zip at all", "This file can't be read"),
        ("bomb.docx", bomb(), "too large to show"),
        ("bomb.xlsx", bomb(), "too large to show"),
        ("broken.xlsx", b"PK\x03\x04 broken", "This file can't be read"),
    ],
)
def test_a_damaged_file_says_so_and_can_be_downloaded(
    name: str, content: bytes, said: str, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload(name, content, parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert said in html.unescape(body)
    assert ragflow_server.url("documents:download", document.dataset_id, document.id) in body


def test_a_file_of_another_kind_says_that_it_cannot_be_shown(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("talk.pptx", b"slides", parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert "This type of file" in body
    assert "Download the file" in body


def test_an_empty_file_is_answered_with_what_ragflow_says(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("empty.txt", b"", parse=False)

    assert "This file is empty" in body_of(viewer_client, ragflow_server, document)


def test_a_chunk_that_is_gone_leaves_the_file_to_be_read(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("leave.txt", "The notice period is seven weeks.")

    body = body_of(viewer_client, ragflow_server, document, chunk="0123456789abcdef")

    assert "seven weeks" in body
    assert marked(body) == []


def test_a_picture_is_served_as_what_it_is_and_nothing_else(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", png(), parse=False)
    assert "<img" in body_of(viewer_client, ragflow_server, document)

    response = viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.content == png()


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<script>1</script>"]
)
def test_a_picture_in_name_only_is_not_served(
    content: bytes, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", content, parse=False)

    response = viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id))

    assert response.status_code == 404
    assert content not in response.content


def test_a_drawing_that_is_a_program_is_shown_as_text(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert "&lt;svg" in body
    assert "<img" not in body
    assert viewer_client.get(ragflow_server.url("chunks:picture", document.dataset_id, document.id)).status_code == 404


def test_the_picture_of_a_chunk_comes_through_us(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("plan.png", png())
    chunk = ragflow.chunks.list(document).items[0]
    address = ragflow_server.url("chunks:image", document.dataset_id, document.id, chunk.image_id)

    page = viewer_client.get(ragflow_server.url("chunks:list", document.dataset_id, document.id)).content.decode()
    response = viewer_client.get(address)

    assert f'src="{address}"' in page
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content == png()


@pytest.mark.parametrize("name", ["0123456789abcdef", "a-b", "..%2F..%2Fsystem"])
def test_a_picture_that_is_not_there_is_not_found(
    name: str, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("plan.png", png())
    base = ragflow_server.url("chunks:list", document.dataset_id, document.id)

    assert viewer_client.get(f"{base}image/{document.dataset_id}-{name}/").status_code == 404


def test_a_picture_of_another_dataset_is_not_even_asked_for(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    upload: Upload,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    document = upload("plan.png", png())
    chunk = ragflow.chunks.list(document).items[0]
    foreign = "0" * 32 + chunk.image_id[32:]
    standin.reset_requests()

    response = viewer_client.get(ragflow_server.url("chunks:image", document.dataset_id, document.id, foreign))

    assert response.status_code == 404
    assert standin.requests(tenant_key) == []


def list_page(client: Client, server: Server, document: Document, **query: Any) -> str:
    return str(client.get(server.url("chunks:list", document.dataset_id, document.id), query).content.decode())


def test_what_draws_a_pdf_is_loaded_only_with_its_source(
    viewer_client: Client, ragflow_server: Server, upload: Upload, office_pdf: bytes
) -> None:
    document = upload("policy.pdf", office_pdf)

    closed = list_page(viewer_client, ragflow_server, document)
    opened = list_page(viewer_client, ragflow_server, document, source=1)

    assert "pdfjs" not in closed
    assert "js/source" not in closed
    assert "pdfjs/pdf.min" in opened
    assert "pdfjs/pdf.worker.min" in opened
    regions = re.findall(r'data-regions="([^"]+)"', opened)
    assert regions
    assert all(re.fullmatch(r"\[(\[\d+(, \d+){4}\](, )?)+\]", region) for region in regions)
    documents = viewer_client.get(ragflow_server.url("documents:list", document.dataset_id)).content.decode()
    assert "pdfjs" not in documents
    assert "chunk_page" not in documents


def test_the_source_stays_open_while_the_list_is_paged_searched_and_edited(
    curator_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("topics.txt", "\n".join(f"Sentence {number} of the text." for number in range(30)))

    page = list_page(curator_client, ragflow_server, document, source=1)

    assert re.search(r'rel="next"|source=1&amp;page=2', page)
    assert '<input type="hidden" name="source" value="1">' in page
    assert re.search(r'/edit/\?[^"]*source=1', page)
    assert re.search(r"\?page=2&amp;source=1|source=1&amp;page=2", page)


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


def test_a_place_that_is_none_is_not_taken_for_a_page(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload, office_pdf: bytes
) -> None:
    document = upload("policy.pdf", office_pdf)
    for chunk in ragflow.chunks.list(document, page=1, page_size=100).items:
        ragflow.chunks.update(chunk, positions=[(7, 6, 6, 6, 6)])

    page = list_page(viewer_client, ragflow_server, document, source=1)

    assert 'data-regions="[]"' in page
    assert "page 7" not in page
