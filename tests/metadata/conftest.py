"""A dataset whose documents carry metadata."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document

FIELDS: dict[str, dict[str, Any]] = {
    "ann.txt": {"author": "Ann", "year": 2023, "tags": ["x", "y"]},
    "ben.txt": {"author": "Ben", "year": 2024},
    "cleo.txt": {"author": "Ann", "year": 2024},
    "plain.txt": {},
}
Store = Callable[[str, dict[str, Any]], Document]


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def store(ragflow: RAGFlow, dataset: Dataset) -> Store:
    def make(name: str, meta: dict[str, Any]) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(b"Some text."), 10)
        document = ragflow.documents.get(dataset.id, made.id)
        return ragflow.documents.update(document, meta_fields=meta) if meta else document

    return make


@pytest.fixture
def documents(store: Store) -> dict[str, Document]:
    return {name: store(name, meta) for name, meta in FIELDS.items()}


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> Callable[[], dict[str, Any]]:
    """The metadata of every document as they are now, by name."""
    return lambda: {document.name: dict(document.meta_fields) for document in ragflow.documents.list(dataset.id)}


@pytest.fixture
def page_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:page", dataset.id)


@pytest.fixture
def change_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:change", dataset.id)
