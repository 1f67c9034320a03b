"""The metadata of a dataset: keys, values, the way to the documents, the file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from dashboard.metadata.change import selection
from dashboard.metadata.csv import sheet
from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document, DocumentMetadata
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import Store
from tests.support.pages.reading import text_of, visible_text

pytestmark = pytest.mark.releases


def asked(standin: StandinProcess, key: str) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"].rpartition("/")[2]) for entry in standin.requests(key)]


def test_keys_are_listed_with_type_values_and_counts(
    viewer_client: Client, page_url: str, documents: dict[str, Document], standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    answer = viewer_client.get(page_url)
    page = text_of(answer)

    for words in ("author", "year", "tags", "string", "number", "list", "3 uses"):
        assert words in page
    assert "Ann 2" in visible_text(answer)
    assert sorted(asked(standin, tenant_key)) == [("GET", "datasets"), ("GET", "summary")]


def test_a_value_leads_to_its_documents(
    viewer_client: Client, page_url: str, documents: dict[str, Document], ragflow_server: Server, dataset: Dataset
) -> None:
    url = f"{ragflow_server.url('documents:list', dataset.id)}?meta_key=author&meta_value=Ann"
    assert url.replace("&", "&amp;") in viewer_client.get(page_url).content.decode()

    page = text_of(viewer_client.get(url))
    assert "ann.txt" in page
    assert "cleo.txt" in page
    assert "ben.txt" not in page
    assert "author is <b>" in page
    assert "remove this filter" in page


def test_the_filter_stays_when_status_and_order_change(
    viewer_client: Client, documents: dict[str, Document], ragflow_server: Server, dataset: Dataset
) -> None:
    url = ragflow_server.url("documents:list", dataset.id)
    page = viewer_client.get(f"{url}?meta_key=year&meta_operator=>&meta_value=2023").content.decode()
    assert "meta_key=year&amp;meta_operator=%3E&amp;meta_value=2023&amp;sort=name" in page
    assert "ben.txt" in page
    assert "ann.txt" not in page


def test_a_filter_that_nothing_meets_says_so(
    viewer_client: Client, documents: dict[str, Document], ragflow_server: Server, dataset: Dataset
) -> None:
    url = ragflow_server.url("documents:list", dataset.id)
    page = text_of(viewer_client.get(f"{url}?meta_key=author&meta_value=Nobody"))
    assert "No documents have this metadata" in page


def test_keys_are_searched(viewer_client: Client, page_url: str, documents: dict[str, Document]) -> None:
    page = text_of(viewer_client.get(page_url, {"q": "AUTH"}))
    assert "author" in page
    assert ">year<" not in page
    assert "No keys match “zzz”" in text_of(viewer_client.get(page_url, {"q": "zzz"}))


def test_without_metadata_the_page_says_what_they_are_for(
    viewer_client: Client, curator_client: Client, page_url: str
) -> None:
    assert "No document has metadata yet" in text_of(viewer_client.get(page_url))
    assert "Set a key" not in text_of(viewer_client.get(page_url))
    assert "Set a key" in text_of(curator_client.get(page_url))


def test_a_viewer_sees_no_way_to_change(viewer_client: Client, page_url: str, documents: dict[str, Document]) -> None:
    page = text_of(viewer_client.get(page_url))
    assert "Change" not in page
    assert "Export CSV" in page


def test_markup_in_keys_and_values_stays_text(viewer_client: Client, page_url: str, store: Store) -> None:
    store("a.txt", {"<script>alert(1)</script>": "<img src=x onerror=alert(1)>", "bidi": "a\u202eb"})
    page = viewer_client.get(page_url).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "\u202e" not in page


def test_many_values_are_folded(viewer_client: Client, page_url: str, store: Store) -> None:
    store("a.txt", {"tags": [f"tag-{n}" for n in range(40)]})
    page = text_of(viewer_client.get(page_url))
    assert "25 more values" in page
    assert "tag-39" in page


def test_a_dataset_that_is_not_there_is_not_found(viewer_client: Client, ragflow_server: Server) -> None:
    assert viewer_client.get(ragflow_server.url("metadata:page", "f" * 32)).status_code == 404


def test_a_fault_becomes_a_page_that_says_so(viewer_client: Client, page_url: str, standin: StandinProcess) -> None:
    standin.fault("error500", path="metadata/summary")
    assert viewer_client.get(page_url).status_code >= 500


def lines(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_file_has_a_line_for_each_document(
    viewer_client: Client, ragflow_server: Server, dataset: Dataset, documents: dict[str, Document]
) -> None:
    response = viewer_client.get(ragflow_server.url("metadata:export", dataset.id))
    assert response["Content-Type"].startswith("text/csv")
    assert "Handbook metadata.csv" in response["Content-Disposition"]
    [head, *rows] = lines(response)
    assert head == ["document_id", "document", "author", "tags", "year"]
    assert sorted(row[1:] for row in rows) == [
        ["ann.txt", "Ann", '["x", "y"]', "2023"],
        ["ben.txt", "Ben", "", "2024"],
        ["cleo.txt", "Ann", "", "2024"],
        ["plain.txt", "", "", ""],
    ]
    assert {row[0] for row in rows} == {document.id for document in documents.values()}


def test_the_file_has_every_key_whatever_page_of_documents_has_it(
    viewer_client: Client, ragflow_server: Server, dataset: Dataset, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PAGE", 2)
    for name, meta in {"a.txt": {"x": "1"}, "b.txt": {}, "c.txt": {"y": "2"}, "d.txt": {}, "e.txt": {"x": "3"}}.items():
        store(name, meta)
    [head, *rows] = lines(viewer_client.get(ragflow_server.url("metadata:export", dataset.id)))
    assert head[1:] == ["document", "x", "y"]
    assert sorted(row[1:] for row in rows) == [
        ["a.txt", "1", ""], ["b.txt", "", ""], ["c.txt", "", "2"], ["d.txt", "", ""], ["e.txt", "3", ""],
    ]  # fmt: skip


def test_a_document_that_two_pages_tell_has_one_line() -> None:
    one, two, three = (DocumentMetadata(name, f"{name}.txt", {"x": name}) for name in ("1", "2", "3"))
    text = sheet.write([sheet.Part.of([one, two]), sheet.Part.of([two, three])])
    assert [line.partition(",")[0] for line in text.splitlines()[1:]] == ["1", "2", "3"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_the_file_is_a_formula(
    text: str, viewer_client: Client, ragflow_server: Server, dataset: Dataset, store: Store
) -> None:
    store("a.txt", {"author": text, "=key": "x"})
    [head, row] = lines(viewer_client.get(ragflow_server.url("metadata:export", dataset.id)))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in (*head, *row))
    assert f"'{text}" in row


def test_a_key_with_a_value_for_each_document_does_not_fill_the_page(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str
) -> None:
    documents = [{"name": f"{n}.txt", "meta_fields": {"reference": f"REF-{n:04}"}} for n in range(1000)]
    made = standin.fill(tenant_key, datasets=[{"name": "Many", "documents": documents}])
    page = viewer_client.get(ragflow_server.url("metadata:page", made["datasets"][0]["id"])).content.decode()
    assert page.count("REF-") < 1000
    assert "1,000 uses" in page
    assert "and 800 more; the CSV file has all of them" in page
