"""A dataset to work in, with documents that are really there."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dashboard.models import Server, Watch
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document

TEXT = b"The sick leave procedure has three steps. " * 40


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Company handbook")


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    """Stores a document behind the dashboard's back: ``stored("a.txt")``."""

    def store(name: str = "handbook.txt", content: bytes = TEXT, into: Dataset | None = None) -> Document:
        into = into or dataset
        uploaded = ragflow.documents.upload(into, name, io.BytesIO(content), len(content))
        return ragflow.documents.get(into.id, uploaded.id)

    return store


@pytest.fixture
def address(ragflow_server: Server, dataset: Dataset) -> Callable[..., str]:
    """The address of a documents page: ``address("progress")``."""

    def at(name: str = "list", *args: str) -> str:
        return ragflow_server.url(f"documents:{name}", dataset.id, *args)

    return at


@pytest.fixture
def make_due(ragflow_server: Server, dataset: Dataset) -> Callable[[], int]:
    """Makes the dataset's watch due now and returns its id."""

    def due() -> int:
        watch = Watch.objects.get(server=ragflow_server, dataset_id=dataset.id)
        Watch.objects.filter(pk=watch.pk).update(next_at=datetime.now(UTC), claimed_until=None)
        return watch.pk

    return due
