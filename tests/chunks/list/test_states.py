"""The chunks page of a document that is not parsed, being parsed, failed, or without chunks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload, settled
from tests.chunks.list.conftest import address
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

BROKEN_PDF = Path(settings.BASE_DIR) / "ragflow_admin/standin/demo/scanned-contract.pdf"


def test_a_document_not_parsed_yet_offers_to_parse_it(
    curator_client: Client, viewer_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("new.txt", "text", parse=False)

    page = text_of(curator_client.get(address(ragflow_server, document)))
    seen_by_viewer = text_of(viewer_client.get(address(ragflow_server, document)))

    assert "Not parsed yet" in page
    assert f'action="{ragflow_server.url("documents:parse", document.dataset_id)}"' in page
    assert document.id in page
    assert "Not parsed yet" in seen_by_viewer
    assert "Parse now" not in seen_by_viewer


def test_a_document_that_gave_no_chunk_gets_advice(
    curator_client: Client, ragflow_server: Server, upload: Upload
) -> None:
    document = upload("empty.txt", "   \n  ")

    page = text_of(curator_client.get(address(ragflow_server, document)))

    assert document.chunk_count == 0
    assert "Parsed, but no chunks were created" in page
    assert "Reparse" in page


def test_a_document_that_failed_says_why(curator_client: Client, ragflow_server: Server, upload: Upload) -> None:
    document = upload("broken.pdf", BROKEN_PDF.read_bytes())

    page = text_of(curator_client.get(address(ragflow_server, document)))

    assert "Parsing failed" in page
    assert "Invalid object" in page
    assert "Reparse" in page


def test_a_document_being_parsed_is_followed_until_it_is_done(
    viewer_client: Client, ragflow_server: Server, upload: Upload, ragflow: RAGFlow, standin: StandinProcess
) -> None:
    standin.parsing(paused=True)
    document = upload("slow.txt", "One sentence.", parse=False)
    ragflow.documents.parse(document)

    first = text_of(viewer_client.get(address(ragflow_server, document)))
    waiting = viewer_client.get(address(ragflow_server, document, "chunks:waiting"), HTTP_HX_REQUEST="true")
    standin.parsing(paused=False)
    settled(ragflow, document)
    done = viewer_client.get(address(ragflow_server, document, "chunks:waiting"), HTTP_HX_REQUEST="true")

    assert "Parsing" in first
    assert "Parsing" in text_of(waiting)
    assert done["HX-Refresh"] == "true"
