"""Questions as CSV: what goes out comes in again, and a file that is not right says where."""

from __future__ import annotations

import codecs
import re
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.models import QuestionSet, Server
from dashboard.retrieval.question_sets import question_csv
from dashboard.retrieval.question_sets.question_csv import Row, Unreadable
from tests.support.pages.reading import text_of


def test_what_goes_out_as_csv_comes_in_again(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    rows = [
        ("What does “=1+1” mean?", ["a.pdf", "b, c.pdf"], []),
        ("=cmd|' /C calc'!A0", ["a.pdf"], ["c1", "c2"]),
        ("Zeile\nzwei", ["ä.pdf"], []),
    ]
    for text, documents, chunks in rows:
        questions.questions.create(text=text, documents=documents, chunks=chunks)
    exported = curator_client.get(ragflow_server.url("retrieval:set-export", questions.pk))
    assert exported["Content-Type"].startswith("text/csv")
    assert exported.content.startswith(codecs.BOM_UTF8), "else Excel reads another encoding"
    assert not re.search(rb"^=", exported.content, re.MULTILINE), "no cell is a formula"
    questions.questions.all().delete()

    upload = SimpleUploadedFile("q.csv", exported.content)
    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk), {"file": upload}, follow=True
    )

    assert "3 questions added, 0 changed." in text_of(response)
    assert [(row.text, row.documents, row.chunks) for row in questions.questions.all()] == rows


def test_a_file_changes_what_is_there_and_adds_the_rest(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["old.pdf"])
    questions.questions.create(text="lamp", documents=["lamp.pdf"])
    content = "\ufeffQuestion;Documents\r\nsoup;new.pdf\r\nbread;bread.pdf | flour.pdf\r\n".encode()

    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk),
        {"file": SimpleUploadedFile("q.csv", content)},
        follow=True,
    )

    assert "1 question added, 1 changed." in text_of(response)
    assert dict(questions.questions.values_list("text", "documents")) == {
        "soup": ["new.pdf"],
        "lamp": ["lamp.pdf"],
        "bread": ["bread.pdf", "flour.pdf"],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The first line must contain the column names"),
        (b"text,documents\na,b\n", "The first line must contain the column names"),
        (b"question,documents\n", "The file contains no questions"),
        (b"question,documents\na,b\n,c\n", "Line 3 has no question"),
        (b"question,documents\na,\n", "Line 2 lists neither documents nor chunks"),
        (b"question,documents\n" + b"x" * 2001 + b",b\n", "longer than 2,000 characters"),
        ("question,documents\nä,b\n".encode("latin-1"), "Save it as CSV"),
        (b"question,documents\na\0,b\n", "a CSV file"),
        (b"question,documents\n" + b"".join(b"q%d,b\n" % n for n in range(2001)), "at most 2,000 questions"),
        (b"question,documents\n" + b",\n" * 900_000, "at most 2,000 questions"),
    ],
)
def test_a_file_that_is_not_right_says_where(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        question_csv.read(content)


def test_a_wrong_file_changes_nothing(curator_client: Client, ragflow_server: Server, questions: QuestionSet) -> None:
    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk),
        {"file": SimpleUploadedFile("q.csv", b"question,documents\na,b\nc,\n")},
    )

    assert response.status_code == 422
    assert "Line 3 lists neither documents nor chunks" in text_of(response)
    assert not questions.questions.exists()


def test_a_document_that_a_file_names_in_both_unicode_forms_is_expected_once() -> None:
    nfc, nfd = (unicodedata.normalize(form, "Übersicht.pdf") for form in ("NFC", "NFD"))
    [row] = question_csv.read(f"question,documents\nsoup,{nfd}|{nfc}\n".encode())
    assert row.documents == (nfd,)


def test_rows_of_a_file_are_read_as_they_are_written() -> None:
    assert question_csv.read(b"question,documents,chunks\n a , x | y | x ,c\n") == [Row("a", ("x", "y"), ("c",))]
