"""A document of three chunks, and the form of a chunk."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from tests.chunks.conftest import Upload


@pytest.fixture
def document(upload: Upload) -> Document:
    """A document of three chunks."""
    return upload("leave.txt", "First sentence of all.\nSecond sentence of it.\nThird sentence then.")


@pytest.fixture
def chunk(ragflow: RAGFlow, document: Document) -> Chunk:
    """The second of them, with a keyword and a question."""
    second = ragflow.chunks.list(document).items[1]
    return ragflow.chunks.update(second, important_keywords=["leave"], questions=["How long?"])


def url_of(server: Server, name: str, document: Document, *more: str) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id, *more)


def now(ragflow: RAGFlow, chunk: Chunk) -> Chunk:
    return ragflow.chunks.get(chunk.dataset_id, chunk.document_id, chunk.id)


def form_of(client: Client, url: str) -> dict[str, str]:
    """What a browser would send if nothing was changed in the form."""
    page = client.get(url).content.decode()
    fields = {
        name: html.unescape(text).replace("\r\n", "\n").removeprefix("\n")
        for name, text in re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    }
    loaded = re.search(r'name="loaded" value="(\w+)"', page)
    assert loaded, "the form knows what was loaded"
    return {**fields, "loaded": loaded[1]}
