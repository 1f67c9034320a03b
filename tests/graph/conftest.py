"""A dataset with a parsed document, and with a graph."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.resources.graph import Job, JobKind
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess

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
def newest(standin: StandinProcess, release: str) -> Iterator[StandinProcess]:
    """The stand-in as 0.27, whatever it is in this run."""
    standin.become("0.27")
    detection.remember(standin.base_url, Release("v0.27.0", (0, 27, 0)))
    yield standin
    standin.become(release)
    detection.forget(standin.base_url)


@pytest.fixture
def templates(release: str, standin: StandinProcess, tenant_key: str, dataset: Dataset) -> str:
    """What a graph is built from on this release: the dataset's new template group, "" if none is needed."""
    if release == "0.24":
        return ""
    give_templates(standin, tenant_key, dataset, "People", "knowledge_graph")
    return "People"


def give_templates(standin: StandinProcess, key: str, dataset: Dataset, name: str, kind: str) -> None:
    """Make a template group of one template, and let the dataset use it, as people do in RAGFlow."""
    http = requests.Session()
    http.trust_env = False
    http.headers["Authorization"] = f"Bearer {key}"
    api = f"{standin.base_url}/api/v1"
    template = {"name": "Who is who", "kind": kind, "description": "People and what they lead"}
    body = {"name": name, "description": "For the handbook", "templates": [template]}
    group = http.post(f"{api}/compilation-template-groups", json=body, timeout=10).json()["data"]["id"]
    config = {"compilation_template_group_id": [group]}
    assert http.put(f"{api}/datasets/{dataset.id}", json={"parser_config": config}, timeout=10).json()["code"] == 0


@pytest.fixture
def built(
    ragflow: RAGFlow, dataset: Dataset, parsed: Document, templates: str, ended: Callable[[JobKind], Job]
) -> Dataset:
    """The dataset with its graph."""
    ragflow.graph.run(dataset, JobKind.GRAPH)
    assert ended(JobKind.GRAPH).progress == 1
    return ragflow.datasets.get(dataset.id)


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> Callable[[str], str]:
    """The address of a page of the graph."""
    return lambda name: ragflow_server.url(f"graph:{name}", dataset.id)
