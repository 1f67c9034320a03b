"""The chunks page: what it shows, how it pages and searches, and what it says when something is gone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.chunks.list import reading
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.chunks.list.conftest import address
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


def shown(response: Any) -> list[str]:
    """The topics of the chunks on the page, in order."""
    return re.findall(r"of (?:<mark>)?(topic\d{3})", response.content.decode())


def test_chunks_are_shown_in_reading_order_with_their_numbers(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(address(ragflow_server, document))

    assert response.status_code == 200
    assert shown(response) == [f"topic{number:03}" for number in range(25)]
    assert 'aria-label="Chunk 25"' in text_of(response)
    assert "1 to 25 of 60" in text_of(response)


def test_the_documents_facts_stand_beside(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    page = text_of(viewer_client.get(address(ragflow_server, document)))

    assert "topics.txt" in page
    assert "Parsed" in page
    assert "General" in page
    assert "Handbook" in page
    assert document.progress_msg.strip().splitlines()[-1] in page


def test_a_page_costs_two_calls_and_a_part_of_it_one(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    url = address(ragflow_server, document)

    standin.reset_requests()
    viewer_client.get(f"{url}?page=2")
    whole = [entry["path"] for entry in standin.requests(tenant_key)]
    standin.reset_requests()
    viewer_client.get(f"{url}?q=topic001", HTTP_HX_REQUEST="true")
    part = [entry["path"] for entry in standin.requests(tenant_key)]

    assert sorted(path.rpartition("/")[2] for path in whole) == ["chunks", "datasets"]
    assert [path.rpartition("/")[2] for path in part] == ["chunks"]


def test_pages_come_from_ragflow(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    response = viewer_client.get(f"{address(ragflow_server, document)}?page=3")

    assert shown(response) == [f"topic{number:03}" for number in range(50, 60)]
    assert 'aria-label="Chunk 51"' in text_of(response)


def test_a_page_beyond_the_end_leads_to_the_last_one(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    response = viewer_client.get(f"{address(ragflow_server, document)}?page=9")

    assert response.status_code == 302
    assert response["Location"].endswith("?page=3")


def test_a_search_marks_what_it_found(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    response = viewer_client.get(f"{address(ragflow_server, document)}?q=topic042", HTTP_HX_REQUEST="true")

    page = response.content.decode()
    assert "<mark>topic042</mark>" in page
    assert "1 chunk matches “topic042”" in text_of(response)
    assert "<html" not in page


def test_a_search_without_hits_says_so_and_leads_back(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    page = text_of(viewer_client.get(f"{address(ragflow_server, document)}?q=unheardof"))

    assert "No chunks match “unheardof”" in page
    assert "Show all chunks" in page


def test_one_chunk_is_opened_where_it_stands(
    viewer_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    chunk = ragflow.chunks.list(document, page=1, page_size=10).items[4]

    page = text_of(viewer_client.get(f"{address(ragflow_server, document)}?chunk={chunk.id}"))

    assert page.count(f'id="chunk-{chunk.id}"') == 1
    assert re.search(rf'is-current"\s+id="chunk-{chunk.id}"', page)
    assert "This chunk is on another page." not in page


def test_one_chunk_is_opened_even_from_another_page(
    viewer_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    chunk = ragflow.chunks.list(document, page=2, page_size=50).items[3]

    page = text_of(viewer_client.get(f"{address(ragflow_server, document)}?chunk={chunk.id}"))

    assert "This chunk is on another page." in page
    assert re.search(rf'is-current"\s+id="chunk-{chunk.id}"', page)
    assert "topic053" in page


@pytest.mark.parametrize("wanted", ["0123456789abcdef", "no such chunk", "../../x", "é"])
def test_a_chunk_that_is_not_there_any_more_is_said_to_be_gone(
    viewer_client: Client, ragflow_server: Server, document: Document, wanted: str
) -> None:
    response = viewer_client.get(address(ragflow_server, document), {"chunk": wanted})

    assert response.status_code == 200
    assert "This chunk no longer exists." in text_of(response)
    assert shown(response)


def test_keywords_questions_and_a_chunk_that_is_off_are_shown(
    viewer_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    chunk = ragflow.chunks.list(document, page=1, page_size=1).items[0]
    ragflow.chunks.update(
        chunk, important_keywords=["<b>leave</b>"], questions=["How long is <i>it</i>?"], available=False
    )

    response = viewer_client.get(address(ragflow_server, document))

    assert "&lt;b&gt;leave&lt;/b&gt;" in response.content.decode()
    assert "How long is &lt;i&gt;it&lt;/i&gt;?" in response.content.decode()
    assert "is-off" in response.content.decode()


def test_hostile_text_and_names_are_shown_as_text(
    viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("<img src=x onerror=alert(1)>.txt", "<script>alert(2)</script> & <em>not a mark</em>")

    page = viewer_client.get(address(ragflow_server, document)).content.decode()

    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "&lt;em&gt;not a mark&lt;/em&gt;" in page


def test_rows_beyond_ragflows_reach_are_not_asked_for(
    viewer_client: Client,
    ragflow_server: Server,
    document: Document,
    standin: StandinProcess,
    tenant_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "REACH", 50)
    standin.reset_requests()

    beyond = viewer_client.get(f"{address(ragflow_server, document)}?page=3")
    last = viewer_client.get(f"{address(ragflow_server, document)}?page=2")

    assert "RAGFlow returns only the first 50 chunks" in text_of(beyond)
    assert "First page" in text_of(beyond)
    assert "Search to find the others" in text_of(last)
    assert "page=3" not in last.content.decode()
    asked = [entry["query"] for entry in standin.requests(tenant_key) if entry["path"].endswith("/chunks")]
    assert not any("page=3" in query for query in asked)


def test_metadata_is_shown_when_asked_for(
    viewer_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    ragflow.documents.update(document, meta_fields={"author": "<b>Ada</b>", "tags": ["red", "blue"], "year": 2026})
    url = address(ragflow_server, document, "chunks:metadata")

    part = viewer_client.get(url, HTTP_HX_REQUEST="true").content.decode()
    page = viewer_client.get(url).content.decode()

    assert "&lt;b&gt;Ada&lt;/b&gt;" in part
    assert "<bdi>red, blue</bdi>" in part
    assert "<bdi>2026</bdi>" in part
    assert "<html" not in part
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<html" in page


def test_a_deleted_document_is_said_to_be_gone_with_a_way_back(
    viewer_client: Client, ragflow_server: Server, document: Document, ragflow: RAGFlow
) -> None:
    ragflow.documents.delete([document])

    response = viewer_client.get(address(ragflow_server, document))

    assert response.status_code == 404
    assert "This document no longer exists" in text_of(response)
    assert ragflow_server.url("documents:list", document.dataset_id) in text_of(response)


def test_a_deleted_dataset_is_said_to_be_gone(
    viewer_client: Client, ragflow_server: Server, document: Document, dataset: Dataset, ragflow: RAGFlow
) -> None:
    ragflow.datasets.delete([dataset])

    assert viewer_client.get(address(ragflow_server, document)).status_code == 404


def test_ids_that_are_none_are_not_found(viewer_client: Client, ragflow_server: Server) -> None:
    assert viewer_client.get(ragflow_server.url("chunks:list", "nonsense", "nonsense")).status_code == 404


@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "data_false", "unauthorized", "drop"])
def test_a_bad_day_of_ragflow_is_told_with_a_way_on(
    viewer_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, kind: str
) -> None:
    standin.fault(kind, path="/chunks$")

    response = viewer_client.get(address(ragflow_server, document))

    assert response.status_code == 502
    assert "Try again" in text_of(response)
