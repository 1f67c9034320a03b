"""Tables, Word files, and files that cannot be shown beside the chunks."""

from __future__ import annotations

import html
import io
import zipfile

import docx
import openpyxl
import pytest
from django.test import Client

from dashboard.chunks.source import packed as source_packed
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.chunks.conftest import Upload
from tests.support.pages.source_pane import body_of, first_chunk, marked, marked_rows


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
