"""A dataset with a parsed document, and with a graph."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Job, JobKind
from dashboard.ragflow.types import Dataset, Document

TEXT = (
    b"We asked Anna Berg about the Berlin office. Anna Berg leads the Research Council.\n"
    b"Since May the Research Council meets with NATO in Berlin.\n"
)


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def store(ragflow: RAGFlow, dataset: Dataset) -> Callable[[str, bytes], Document]:
    """Uploads a document and waits until it is parsed."""

    def put(name: str, text: bytes) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(text), len(text))
        ragflow.documents.parse(ragflow.documents.get(dataset.id, made.id))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            document = ragflow.documents.get(dataset.id, made.id)
            if document.run == "DONE":
                return document
            time.sleep(0.05)
        raise AssertionError(document.progress_msg)

    return put


@pytest.fixture
def parsed(store: Callable[[str, bytes], Document]) -> Document:
    return store("office.txt", TEXT)


@pytest.fixture
def ended(ragflow: RAGFlow, dataset: Dataset) -> Callable[[JobKind], Job]:
    """Waits for a job to end."""

    def wait(kind: JobKind) -> Job:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            job = ragflow.graph.trace(dataset.id, kind)
            if job is not None and not job.running:
                return job
            time.sleep(0.05)
        raise AssertionError(job)

    return wait


@pytest.fixture
def built(ragflow: RAGFlow, dataset: Dataset, parsed: Document, ended: Callable[[JobKind], Job]) -> Dataset:
    """The dataset with its graph."""
    ragflow.graph.run(dataset, JobKind.GRAPH)
    assert ended(JobKind.GRAPH).progress == 1
    return ragflow.datasets.get(dataset.id)


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> Callable[[str], str]:
    """The address of a page of the graph."""
    return lambda name: ragflow_server.url(f"graph:{name}", dataset.id)
