"""Documents with chunks, made through the client behind the dashboard's back."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus

Upload = Callable[..., Document]
PATIENCE = 20.0


@pytest.fixture
def dataset(ragflow: RAGFlow, ragflow_server: Server) -> Dataset:
    """One whose chunks are a line each."""
    return ragflow.datasets.create(
        name="Handbook", chunk_method="naive", parser_config={"chunk_token_num": 1, "delimiter": "\n"}
    )


@pytest.fixture
def upload(ragflow: RAGFlow, dataset: Dataset) -> Upload:
    """Stores a file, and parses it unless told not to: ``upload("a.txt", "text")``."""

    def make(name: str, text: str | bytes, *, parse: bool = True) -> Document:
        content = text.encode() if isinstance(text, str) else text
        stored = ragflow.documents.upload(dataset, name, io.BytesIO(content), len(content))
        document = ragflow.documents.get(dataset.id, stored.id)
        if not parse:
            return document
        ragflow.documents.parse(document)
        return settled(ragflow, document)

    return make


def settled(ragflow: RAGFlow, document: Document) -> Document:
    """The document when the parser is done with it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        document = ragflow.documents.get(document.dataset_id, document.id)
        if document.run is not RunStatus.RUNNING:
            return document
        time.sleep(0.05)
    raise AssertionError(f"{document.name} is still being parsed")


@pytest.fixture
def office_pdf() -> bytes:
    """A PDF of three pages with text."""
    return (Path(settings.BASE_DIR) / "ragflow_admin/standin/demo/security-policy.pdf").read_bytes()
