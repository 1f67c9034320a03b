"""A dataset whose settings change after its documents were stored."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.documents.conftest import TEXT
from tests.support.pages.reading import HTMX

BADGE = "Outdated settings"


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    """Stores a document, and parses it unless told otherwise."""

    def store(name: str, *, parse: bool = True, content: bytes = TEXT) -> Document:
        up = ragflow.documents.upload(dataset, name, io.BytesIO(content), len(content))
        document = ragflow.documents.get(dataset.id, up.id)
        if parse:
            ragflow.documents.parse(document)
            until_parsed(ragflow, document)
        return ragflow.documents.get(dataset.id, up.id)

    return store


def until_parsed(ragflow: RAGFlow, document: Document) -> Document:
    for _ in range(2000):
        now = ragflow.documents.get(document.dataset_id, document.id)
        if now.run not in (RunStatus.RUNNING, RunStatus.UNSTART):
            return now
    raise AssertionError("it is not parsed")


@pytest.fixture
def documents_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("documents:list", dataset.id)


@pytest.fixture
def apply_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("outdated:apply", dataset.id)


@pytest.fixture
def changed(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Dataset]:
    """Changes the dataset behind the dashboard's back."""
    return lambda **what: ragflow.datasets.update(ragflow.datasets.get(dataset.id), **what)


def agreed(client: Client, url: str) -> Any:
    dialog = client.get(url, headers=HTMX)
    return client.post(url, dialog.context["confirmation"].hidden, headers=HTMX)


def writes(standin: StandinProcess, key: str) -> list[tuple[str, str, Any]]:
    return [
        (entry["method"], entry["path"].rpartition("/")[2], entry["json"])
        for entry in standin.requests(key)
        if entry["method"] in ("PUT", "PATCH", "POST", "DELETE")
    ]
