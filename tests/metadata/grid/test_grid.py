"""Metadata in a table: which documents and keys it shows, and to whom."""

from __future__ import annotations

import re
import unicodedata

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import Store
from tests.support.pages.reading import text_of


def test_the_table_has_documents_down_and_keys_across(
    curator_client: Client, grid_url: str, documents: dict[str, Document], standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    page = text_of(curator_client.get(grid_url))

    assert len(standin.requests(tenant_key)) == 3, "dataset, summary, one page of documents"
    heads = re.findall(r'<th scope="col" id="k\d+"><bdi[^>]*>([^<]*)</bdi> <span[^>]*>([^<]*)', page)
    assert heads == [("author", "string"), ("tags", "list"), ("year", "number")]
    row = re.search(r"<tr>\s*<th[^>]*>(?:(?!</tr>).)*ann\.txt.*?</tr>", page, re.DOTALL)
    assert row
    assert re.findall(r'name="value" value="([^"]*)"', row[0]) == ["Ann", "x; y", "2023"]
    assert "1 to 4 of 4" in page


def test_documents_are_paged_upstream(
    curator_client: Client, grid_url: str, store: Store, standin: StandinProcess, tenant_key: str
) -> None:
    for number in range(27):
        store(f"{number:02}.txt", {"n": number})
    standin.reset_requests()
    page = text_of(curator_client.get(grid_url, {"page": 2}))

    [asked] = [entry for entry in standin.requests(tenant_key) if entry["path"].endswith("/documents")]
    assert "page=2&page_size=25" in asked["query"]
    assert "26 to 27 of 27" in page
    assert page.count('name="cell"') == 2


def test_the_table_shows_what_the_list_of_documents_would(
    curator_client: Client, grid_url: str, documents: dict[str, Document]
) -> None:
    page = text_of(curator_client.get(grid_url, {"meta_key": "author", "meta_value": "Ben"}))
    assert "ben.txt" in page
    assert "ann.txt" not in page
    assert "ann.txt" in text_of(curator_client.get(grid_url, {"status": "stalled"}))


def test_columns_are_chosen_and_new_ones_named(
    curator_client: Client, grid_url: str, documents: dict[str, Document]
) -> None:
    page = text_of(curator_client.get(grid_url, {"key": ["year"], "new": ["due", ""], "kind": ["time", "text"]}))
    heads = re.findall(r'<th scope="col" id="k\d+"><bdi[^>]*>([^<]*)</bdi> <span[^>]*>([^<]*)', page)
    assert heads == [("year", "number"), ("due", "time")]
    assert '["due", "time", []]' in page


@pytest.mark.parametrize(("stored_as", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_the_table_is_searched_in_either_unicode_form(
    stored_as: str, asked: str, curator_client: Client, grid_url: str, store: Store
) -> None:
    name = unicodedata.normalize(stored_as, "Übersicht.txt")
    store(name, {"author": "Ann"})
    store("other.txt", {"author": "Ben"})
    page = text_of(curator_client.get(grid_url, {"q": unicodedata.normalize(asked, "Über")}))
    assert name in page
    assert "other.txt" not in page


def test_a_viewer_reads_the_table_only(
    viewer_client: Client, ragflow_server: Server, dataset: Dataset, grid_url: str, documents: dict[str, Document]
) -> None:
    page = text_of(viewer_client.get(grid_url))
    assert "Ann" in page
    assert 'name="value"' not in page
    assert "js/metadata" not in page
    url = ragflow_server.url("metadata:save", dataset.id, documents["ann.txt"].id)
    assert viewer_client.post(url, {"cell": '["a", "text", []]', "value": "x"}).status_code == 403


def test_markup_in_the_table_stays_text(curator_client: Client, grid_url: str, store: Store) -> None:
    store("<b>a</b>.txt", {"<i>k</i>": '"><script>alert(1)</script>', "t": "</textarea><script>alert(2)</script>\n"})
    page = curator_client.get(grid_url).content.decode()
    assert "<script>alert" not in page
    assert "<i>k</i>" not in page
    assert "<b>a</b>" not in page
