"""The source on the page of chunks: when it is open, and what is loaded with it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from tests.chunks.conftest import Upload


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


def test_a_place_that_is_none_is_not_taken_for_a_page(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload, office_pdf: bytes
) -> None:
    document = upload("policy.pdf", office_pdf)
    for chunk in ragflow.chunks.list(document, page=1, page_size=100).items:
        ragflow.chunks.update(chunk, positions=[(7, 6, 6, 6, 6)])

    page = list_page(viewer_client, ragflow_server, document, source=1)

    assert 'data-regions="[]"' in page
    assert "page 7" not in page
