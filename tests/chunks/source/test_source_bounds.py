"""Small files that take for ever or break the readers: what is shown, and that a worker continues."""

from __future__ import annotations

import html
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from dashboard.chunks.source import packed as source_packed
from dashboard.chunks.source import table
from dashboard.chunks.source import text as source_text
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.sandbox import runner
from dashboard.sandbox.refusal import Refused
from tests.chunks.conftest import Upload
from tests.support.pages.source_pane import body_of, first_chunk, marked, marked_rows

FILES = Path(__file__).parent / "files"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org"


def word_file(body: str, head: str = "") -> bytes:
    """A Word file with nothing in it but the text."""
    out = io.BytesIO()
    relation = f'Id="r" Type="{RELATIONS}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}/package/2006/relationships"><Relationship {relation}/></Relationships>',
        )
        packed.writestr("word/document.xml", f'{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_a_word_file_with_many_empty_cells_does_not_stop_the_worker(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    row = "<w:tr>" + "<w:tc><w:p/></w:tc>" * 60 + "</w:tr>"
    content = word_file(said("The notice period.") + f"<w:tbl>{row * 16_000}</w:tbl>")
    assert len(content) < 100_000
    document = upload("cells.docx", content, parse=False)

    begun = time.process_time()
    body = body_of(viewer_client, ragflow_server, document)

    assert time.process_time() - begun < 1  # of this process, which is the worker
    assert "The notice period." in body
    assert "Showing only the first part of this file." in body


@pytest.mark.parametrize("element", ["<w:p/>", "<w:p><w:r/></w:p>", "<w:br/>", "<w:p>", "<w:tbl><w:tr><w:tc>"])
def test_of_a_word_file_what_is_looked_at_is_bounded(element: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_packed, "ELEMENTS", 1_000)

    read = source_packed.words(word_file(said("First words.") + element * 20_000))

    assert read["text"].startswith("First words.")
    assert len(read["text"]) < 2_000
    assert not read["is_whole"]


def test_of_a_word_file_the_text_is_shown_as_it_is_read() -> None:
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t></w:r>"
        "<w:ins><w:r><w:t> three</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:r><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc>{said('a')}{said('b')}</w:tc><w:tc>{said('c')}</w:tc></w:tr></w:tbl>"
        f"<w:sdt><w:sdtContent>{said('inside')}</w:sdtContent></w:sdt>"
    )

    assert source_packed.words(word_file(body)) == {"text": "One\ttwo three\na\nb\tc\ninside", "is_whole": True}


def test_a_word_file_that_declares_entities_is_refused() -> None:
    with pytest.raises(Refused):
        source_packed.words(word_file(said("&a;"), head='<!DOCTYPE d [<!ENTITY a "aaaa">]>'))


def test_a_cell_far_down_in_a_workbook_costs_nothing(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("far.xlsx", (FILES / "far.xlsx").read_bytes(), parse=False)
    begun = time.process_time()
    source_packed.workbook((FILES / "far.xlsx").read_bytes())
    took = time.process_time() - begun

    body = body_of(viewer_client, ragflow_server, document)

    assert took < 1
    assert "<bdi>name</bdi>" in body
    assert "Showing only the first rows of this table." in body


def test_rows_are_counted_as_in_a_spreadsheet_with_the_empty_ones(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("people.csv", "Name,Phone\n\n,\nInes Vogel,214\n\nTomasz Lis,233\n", parse=False)
    made = ragflow.chunks.add(document, "Name: Tomasz Lis; Phone: 233")

    assert marked_rows(body_of(viewer_client, ragflow_server, document, chunk=made.id)) == ["6"]


@pytest.mark.parametrize("row", ["\n", ",,,\n", '"\n', "a\n"])
def test_of_a_table_the_rows_that_are_looked_at_are_bounded(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = table.Budget(rows=100)
    monkeypatch.setattr(table, "Budget", lambda: budget)

    [sheet] = table.of_csv(("name\nIda\n" + row * 20_000).encode(), is_whole=True)

    assert budget.rows == 0
    assert not sheet["is_whole"]
    assert sheet["rows"][0] == (2, ["Ida"])


def test_a_quote_that_is_doubled_only_far_down_cuts_no_row_wrongly(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("doubled.csv", (FILES / "doubled.csv").read_bytes(), parse=False)

    body = body_of(viewer_client, ragflow_server, document, at=200)

    row = body[body.index("Frame 19") :]
    cells = [html.unescape(cell.partition("</bdi>")[0]) for cell in row.split("<bdi>")]
    assert cells[:3] == ['Frame 19" black', 'called "best", 2024', "99"]


def test_one_cut_character_leaves_the_rest_of_a_text_readable(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("travel.txt", (FILES / "mixed-utf8.txt").read_bytes(), parse=False)

    body = body_of(viewer_client, ragflow_server, document)

    assert body.count("\ufffd") == 1
    assert "差旅费用如何报销" in body


def test_a_file_that_takes_too_long_is_said_to_be_too_large_and_not_tried_again(
    viewer_client: Client, ragflow_server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = upload("slow.docx", word_file(said("text")), parse=False)
    tried = []

    def give_up(work: str, *_given: object, **_options: object) -> None:
        tried.append(work)
        raise runner.GaveUp(work)

    monkeypatch.setattr(runner, "run", give_up)

    for _ in range(2):
        body = body_of(viewer_client, ragflow_server, document)
        assert "This file is too large to show. Download it instead." in body
        assert ragflow_server.url("documents:download", document.dataset_id, document.id) in body
    assert len(tried) == 1


def test_when_many_open_files_at_once_the_page_says_so(
    viewer_client: Client, ragflow_server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = upload("one.docx", word_file(said("text")), parse=False)

    def busy(work: str, *_given: object, **_options: object) -> None:
        raise runner.Busy(work)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run", busy)
        assert "Try again in a moment" in body_of(viewer_client, ragflow_server, document)

    assert "text" in body_of(viewer_client, ragflow_server, document)


def test_a_chunk_is_found_in_a_long_text_too(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    lines = [f"Paragraph {number:05} says something of its own about the matter." for number in range(20_000)]
    document = upload("long.txt", "\n".join(lines), parse=False)
    made = ragflow.chunks.add(document, lines[19_000])

    assert marked(body_of(viewer_client, ragflow_server, document, chunk=made.id)) == [lines[19_000]]


@pytest.mark.parametrize(
    "chunk", ["ba" * 20_000, "ba \n" * 2_000 + "- c: d\n- e: f\n", "a\n" * 20_000, "<table" + "<" * 100_000]
)
def test_no_chunk_makes_its_rows_hard_to_find(chunk: str) -> None:
    sheets = [
        {"name": "", "head": (1, ["a", "b"]), "rows": [(n, ["a", "a"]) for n in range(2, 5_000)], "is_whole": True}
    ]
    begun = time.process_time()

    assert table.view(json.dumps(sheets).encode(), chunk=chunk)

    assert time.process_time() - begun < 5  # it was 40 s


def test_every_row_of_a_table_that_is_one_chunk_is_found() -> None:
    rows = [(number + 2, [f"name {number}", f"city {number % 7}", "7"]) for number in range(5_000)]
    sheets = [{"name": "", "head": (1, ["a", "b", "c"]), "rows": rows, "is_whole": True}]
    chunk = "\n".join("; ".join(cells) for _, cells in rows)

    found = table.view(json.dumps(sheets).encode(), chunk=chunk)

    assert found
    assert found["hits"] == 5_000


def test_a_chunk_of_many_lines_of_one_letter_is_looked_for_in_bounded_time() -> None:
    text, chunk = "a" * 30_000, "\n".join("a" * 50 + "b" + "a" * 50 + str(number) for number in range(280))
    begun = time.process_time()

    assert source_text.spans(text, chunk) == ()

    assert time.process_time() - begun < 2


def test_an_empty_table_says_that_it_has_no_rows(viewer_client: Client, ragflow_server: Server, upload: Upload) -> None:
    document = upload("empty.csv", "\n\n", parse=False)

    assert "This file has no rows." in body_of(viewer_client, ragflow_server, document)


def test_the_words_of_a_chunk_are_found_in_a_file_of_its_own_encoding(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("cafe.txt", "Für Überstunden gilt das Gesetz.\nÖffnungszeiten hängen aus.".encode("latin-1"))

    body = body_of(viewer_client, ragflow_server, document, chunk=first_chunk(ragflow, document, 1))

    assert "Überstunden" in html.unescape(body)
