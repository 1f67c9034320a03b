"""From file to chunks: formats, failures, stages, stopping and starting again."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import openpyxl
import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller

OFFICE = Path(__file__).resolve().parents[2] / "ragflow_admin" / "standin" / "demo"


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Holiday", 1)
    document.add_paragraph("Everybody has twenty-eight days.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sheet_file() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Region", "Units"])
    sheet.append(["North", 17])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FILES = [
    ("notes.txt", b"The heron waits at the pond.", "The heron waits at the pond."),
    ("latin.txt", "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
    ("guide.md", b"# Birds\n\nThe *heron* waits.\n", "# Birds\nThe *heron* waits."),
    ("rows.csv", b"name,qty\nheron,2\nstork,5\n", "name: heron; qty: 2\nname: stork; qty: 5"),
    ("rows.json", b'{"birds": [{"name": "heron", "qty": 2}]}', "name: heron; qty: 2 \u2014\u2014birds"),
    ("tree.json", b'{"bird": {"name": "heron"}}', "bird.name: heron"),
    ("page.html", b"<h1>Birds</h1><script>x()</script><p>The <b>heron</b> waits.</p>", "Birds\nThe heron waits."),
    ("word.docx", word_file(), "Holiday\nEverybody has twenty-eight days."),
    ("sheet.xlsx", sheet_file(), "Region: North; Units: 17 \u2014\u2014Sheet"),
]


@pytest.mark.parametrize(("name", "content", "expected"), FILES, ids=[name for name, _, _ in FILES])
def test_text_is_taken_out_of_each_format(caller: Caller, name: str, content: bytes, expected: str) -> None:
    dataset = caller.dataset()
    row = caller.parsed(dataset, name, content)
    assert (row["run"], row["progress"], row["chunk_count"]) == ("DONE", 1.0, 1)
    assert [chunk["content"] for chunk in caller.chunks(dataset, row["id"])] == [expected]


def test_chunks_of_a_pdf_know_their_page(caller: Caller) -> None:
    dataset = caller.dataset(parser_config={"chunk_token_num": 64})
    row = caller.parsed(dataset, "policy.pdf", (OFFICE / "security-policy.pdf").read_bytes())
    pages = [position[0] for chunk in caller.chunks(dataset, row["id"]) for position in chunk["positions"]]
    assert pages == sorted(pages)
    assert set(pages) == {1, 2, 3}
    assert "Page(1~4): Start to parse." in row["progress_msg"]


def test_a_broken_pdf_fails_with_an_error_line(caller: Caller) -> None:
    dataset = caller.dataset()
    row = caller.parsed(dataset, "scan.pdf", (OFFICE / "scanned-contract.pdf").read_bytes())
    assert (row["run"], row["progress"], row["chunk_count"]) == ("FAIL", -1.0, 0)
    assert "[ERROR]" in row["progress_msg"]


def test_an_empty_file_is_done_with_no_chunk(caller: Caller) -> None:
    row = caller.parsed(caller.dataset(), "empty.txt", b"")
    assert (row["run"], row["chunk_count"]) == ("DONE", 0)


def test_each_row_is_a_chunk_with_the_table_method(caller: Caller) -> None:
    dataset = caller.dataset(chunk_method="table")
    row = caller.parsed(dataset, "rows.csv", b"name,qty\nheron,2\nstork,5\n")
    contents = [chunk["content"] for chunk in caller.chunks(dataset, row["id"])]
    assert contents == ["- name: heron\n- qty: 2", "- name: stork\n- qty: 5"]


def test_questions_and_answers_are_chunks_with_the_qa_method(caller: Caller) -> None:
    dataset = caller.dataset(chunk_method="qa")
    row = caller.parsed(dataset, "faq.csv", b"Who waits?,The heron.\nWhere?,At the pond.\n")
    contents = [chunk["content"] for chunk in caller.chunks(dataset, row["id"])]
    assert contents == ["Question: Who waits?\tAnswer: The heron.", "Question: Where?\tAnswer: At the pond."]


def test_chunks_are_no_longer_than_the_dataset_says(caller: Caller) -> None:
    text = "\n".join(f"Line {n} has exactly nine words in it, surely." for n in range(60)).encode()
    few, many = caller.dataset("a"), caller.dataset("b", parser_config={"chunk_token_num": 20, "delimiter": "\n"})
    assert caller.parsed(few, "a.txt", text)["chunk_count"] < caller.parsed(many, "a.txt", text)["chunk_count"]


def test_a_parsed_log_reads_as_the_real_servers(caller: Caller) -> None:
    row = caller.parsed(caller.dataset(), "a.txt", b"The heron waits.")
    lines = [line.split(" ", 1)[1] for line in row["progress_msg"].strip().split("\n")]
    starts = [
        "Task has been received.", "Start to parse.", "Finish parsing.", "Generate 1 chunks", "Embedding chunks (",
        "Indexing done (", "Task done (",
    ]  # fmt: skip
    assert len(lines) == len(starts)
    assert all(start in line for line, start in zip(lines, starts, strict=True))


def test_a_queued_document_cannot_be_queued_again_but_stopped(standin: StandinProcess, caller: Caller) -> None:
    standin.parsing(paused=True)
    dataset = caller.dataset()
    document = caller.upload(dataset, "a.txt", b"The heron waits.")
    caller.start(dataset, document)
    row = caller.document(dataset, document)
    assert row["run"] == "RUNNING"
    assert 0 < row["progress"] <= 0.01
    path = f"/datasets/{dataset}/chunks"
    again = caller.ask("POST", path, json={"document_ids": [document]}).json()
    assert again == {"code": 102, "message": "Can't parse document that is currently being processed"}
    caller.data("DELETE", path, json={"document_ids": [document]})
    standin.parsing(paused=False)
    assert caller.document(dataset, document)["run"] == "CANCEL"
    assert caller.chunks(dataset, document) == []


def test_parsing_again_takes_the_old_chunks_away_at_once(standin: StandinProcess, caller: Caller) -> None:
    dataset = caller.dataset()
    document = caller.parsed(dataset, "a.txt", b"The heron waits.")["id"]
    standin.parsing(paused=True)
    caller.start(dataset, document)
    assert caller.chunks(dataset, document) == []
    standin.parsing(paused=False)
    assert caller.until(dataset, document, "DONE")["chunk_count"] == 1
    listed = caller.data("GET", "/datasets", params={"id": dataset})[0]
    assert listed["chunk_count"] == 2  # the totals of a dataset drift, as in the real server


def test_a_restarted_standin_goes_on_with_running_documents(tmp_path: Path) -> None:
    with StandinProcess(tmp_path, speed=200) as own:
        caller = Caller(own.base_url, own.key)
        own.parsing(paused=True)
        dataset = caller.dataset()
        document = caller.upload(dataset, "a.txt", b"The heron waits.")
        caller.start(dataset, document)
        own.kill()
        own.restart()
        assert caller.document(dataset, document)["run"] == "RUNNING"
        own.parsing(paused=False)
        assert caller.until(dataset, document, "DONE")["chunk_count"] == 1
