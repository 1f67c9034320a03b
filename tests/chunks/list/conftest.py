"""A document of sixty chunks, and the address of its chunks."""

from __future__ import annotations

import pytest

from dashboard.models import Server
from dashboard.ragflow.types import Document
from tests.chunks.conftest import Upload

LINES = [f"Sentence number {number} speaks of topic{number:03} only." for number in range(60)]


@pytest.fixture
def document(upload: Upload) -> Document:
    """A document of sixty chunks, one sentence each."""
    return upload("topics.txt", "\n".join(LINES))


def address(server: Server, document: Document, name: str = "chunks:list") -> str:
    return server.url(name, document.dataset_id, document.id)
