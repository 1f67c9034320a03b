"""A parsed text of four hundred lines, and the address of its chunks with the source."""

from __future__ import annotations

import io
import time

import pytest

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document, RunStatus


def parsed(ragflow: RAGFlow, name: str, content: bytes, tokens: int) -> Document:
    config = {"chunk_token_num": tokens, "delimiter": "\n"}
    dataset = ragflow.datasets.create(name="Company handbook", chunk_method="naive", parser_config=config)
    stored = ragflow.documents.upload(dataset, name, io.BytesIO(content), len(content))
    made = ragflow.documents.get(dataset.id, stored.id)
    ragflow.documents.parse(made)
    end = time.monotonic() + 30
    while (made := ragflow.documents.get(dataset.id, stored.id)).run is not RunStatus.DONE:
        assert time.monotonic() < end, "the stand-in does not parse"
        time.sleep(0.05)
    return made


@pytest.fixture
def text(ragflow: RAGFlow) -> Document:
    lines = [f"Line {number:03} of the text says something of its own." for number in range(400)]
    return parsed(ragflow, "text.txt", "\n".join(lines).encode(), 1)


def address(server: Server, document: Document) -> str:
    return server.url("chunks:list", document.dataset_id, document.id) + "?source=1"
