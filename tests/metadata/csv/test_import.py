"""Metadata from a file: what it would change is shown first, and only that is done."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.test import Client

from dashboard.metadata.csv import sheet
from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.metadata import Stored, import_csv, preview_csv
from tests.support.pages.reading import text_of, visible_text

pytestmark = pytest.mark.releases


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:import", dataset.id)


def test_the_diff_is_shown_and_nothing_is_sent(
    curator_client: Client, url: str, documents: dict[str, Document], stored: Stored
) -> None:
    page = visible_text(
        preview_csv(curator_client, url, "document,author,year\nann.txt,Zoe,2023\nben.txt,Ben,\nnobody.txt,x,1\n")
    )
    assert "1 document will change" in page
    assert "1 stays unchanged" in page
    assert "1 line is skipped because its document is not in this dataset" in page
    assert "nobody.txt" in page
    assert "author Ann Zoe" in page, "key, before, after"
    assert stored() == FIELDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("document\n" + "\n" * 1_900_000, "The file has more than 21,000 lines."),
        ("document\n" + "a\n" * 900_000, "The file has more than 21,000 lines."),
        ("document," + ",".join(map(str, range(200_000))), "The file has more than 2,000 columns."),
    ],
)
def test_a_file_of_empty_lines_or_endless_columns_is_refused_before_it_is_worked_through(
    text: str, said: str, curator_client: Client, url: str
) -> None:
    begun = time.process_time()
    with pytest.raises(sheet.Unreadable, match=said):
        sheet.read(text, [])

    assert time.process_time() - begun < 1  # it was minutes
    assert said in text_of(preview_csv(curator_client, url, text))


def test_what_was_shown_is_done_and_other_keys_stay(
    curator_client: Client, url: str, documents: dict[str, Document], stored: Stored
) -> None:
    text = f'document_id;author;year;tags\n{documents["ann.txt"].id};Zoe;2030;"[""q""]"\n'
    import_csv(curator_client, url, text)
    assert stored()["ann.txt"] == {"author": "Zoe", "year": 2030, "tags": ["q"]}
    import_csv(curator_client, url, "document,rank\nplain.txt,first\ncleo.txt,second\n")
    assert stored()["cleo.txt"] == {**FIELDS["cleo.txt"], "rank": "second"}
    assert stored()["plain.txt"] == {"rank": "first"}


def test_an_exported_file_brings_everything_back(
    curator_client: Client, url: str, ragflow_server: Server, dataset: Dataset, store: Store, stored: Stored
) -> None:
    meta = {"formula": "=1+1", "tags": ["a, b", "ü"], "n": 1.5, "flag": "'x", "quote": 'say "hi"\nthere'}
    store("a.txt", meta)
    text = curator_client.get(ragflow_server.url("metadata:export", dataset.id)).content.decode("utf-8-sig")
    assert "All documents already have the values in the file." in text_of(preview_csv(curator_client, url, text))
    import_csv(curator_client, url, "document,formula,tags,n\na.txt,x,[],7\n")
    assert stored()["a.txt"]["tags"] == []
    import_csv(curator_client, url, text)
    assert stored()["a.txt"] == meta


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("author\nAnn\n", "The first line must contain the column names"),
        ("document,a,a\nann.txt,1,2\n", "The column “a” appears twice."),
        ("document,,a\nann.txt,1,2\n", "Column 2 has no name."),
        ("document,a\nann.txt,1,2\n", "Line 2 has more cells than there are columns."),
        ("document,tags\nann.txt,x y\n", "Line 2, tags: enter a list as JSON"),
        ("document,a\nann.txt,1\nann.txt,2\n", "Line 3 repeats “ann.txt”"),
        ('document,a\nann.txt,"1\n', "This is not a CSV file"),
        (b"document,a\nann.txt,\xe4\n", "Save it as CSV in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_taken_says_where_and_why(
    text: str | bytes,
    words: str,
    curator_client: Client,
    url: str,
    documents: dict[str, Document],
    stored: Stored,
) -> None:
    response = preview_csv(curator_client, url, text) if text else preview_csv(curator_client, url, "\ufeff")
    assert response.status_code == 422
    assert words in text_of(response)
    assert stored() == FIELDS


def test_no_file_is_said_so(curator_client: Client, url: str) -> None:
    response = curator_client.post(url)
    assert response.status_code == 422
    assert "Choose a CSV file." in text_of(response)


def test_too_many_changes_are_refused(
    curator_client: Client, url: str, documents: dict[str, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MOST", 1)
    page = text_of(preview_csv(curator_client, url, "document,a\nann.txt,1\nben.txt,2\n"))
    assert "The file changes 2 documents; at most 1 are allowed per file." in page


def test_when_something_moved_nothing_is_sent(
    curator_client: Client, url: str, documents: dict[str, Document], ragflow: Any, stored: Stored
) -> None:
    text = "document,author\nann.txt,Zoe\n"
    page = text_of(preview_csv(curator_client, url, text))
    ragflow.documents.update(documents["ann.txt"], meta_fields={"author": "Somebody"})
    seen = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert seen
    response = curator_client.post(url, {"text": text, "fingerprint": seen[1]})
    assert response.status_code == 422
    assert "The documents have changed since the preview" in text_of(response)
    assert stored()["ann.txt"]["author"] == "Somebody"


def test_what_fails_is_listed_and_the_rest_is_done(
    curator_client: Client, url: str, documents: dict[str, Document], standin: StandinProcess, stored: Stored
) -> None:
    text = "document,author\nann.txt,Zoe\nben.txt,Zoe\n"
    path = f"documents/{documents['ann.txt'].id}"
    standin.fault("code", method=standin.change, path=path, code=102, message="Not this one.")
    job = import_csv(curator_client, url, text)
    assert list(job.items.filter(state="failed").values_list("name", "reason")) == [("ann.txt", "Not this one.")]
    assert (stored()["ann.txt"]["author"], stored()["ben.txt"]["author"]) == ("Ann", "Zoe")


def test_markup_in_a_file_stays_text(curator_client: Client, url: str, documents: dict[str, Document]) -> None:
    text = "document,<b>k</b>\nann.txt,</textarea><script>alert(1)</script>\n"
    raw = preview_csv(curator_client, url, text).content.decode()
    assert "<script>alert" not in raw
    assert "<b>k</b>" not in raw


def test_a_viewer_may_not_import(viewer_client: Client, url: str) -> None:
    assert viewer_client.get(url).status_code == 403
    assert viewer_client.post(url).status_code == 403
