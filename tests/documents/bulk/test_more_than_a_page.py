"""Everything about more documents and chunks than RAGFlow 0.27 returns in one call."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from django.test import Client

from dashboard.chunks.list import reading
from dashboard.chunks.list.reading import Asked
from dashboard.core.paging import PageRequest
from dashboard.documents.parsing import progress, snapshot
from dashboard.documents.uploads import replace_job
from dashboard.metadata.change import selection
from dashboard.models import Job, Server, Watch
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess

pytestmark = pytest.mark.releases

MANY = 230
Fill = Callable[..., str]


@pytest.fixture
def filled(standin: StandinProcess, tenant_key: str) -> Fill:
    """A dataset with MANY documents; returns its id."""

    def fill(**about: object) -> str:
        documents = [
            {"name": f"{n:03}.txt", "text": "Some text.", "create_time": 1_760_000_000_000 + n, **about}
            for n in range(MANY)
        ]
        made = standin.fill(tenant_key, datasets=[{"name": "Company handbook", "documents": documents}])["datasets"][0]
        standin.parsing(paused=True)
        standin.reset_requests()
        return str(made["id"])

    return fill


def largest_page(standin: StandinProcess, key: str) -> int:
    queries = [parse_qs(entry["query"]) for entry in standin.requests(key)]
    return max(int(query["page_size"][0]) for query in queries if "page_size" in query)


def test_all_that_is_being_parsed_is_followed(
    ragflow_server: Server, filled: Fill, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    dataset_id = filled(run="RUNNING", progress=0.5)
    watch = Watch.objects.create(server=ragflow_server, dataset_id=dataset_id, next_at="2020-01-01T00:00:00Z")
    assert progress.poll(watch.pk)
    seen = snapshot.load(ragflow_server, dataset_id)
    assert seen is not None
    assert (len(seen.running), seen.counts["RUNNING"], seen.last_error) == (MANY, MANY, "")
    assert len(standin.requests(tenant_key)) == 5, "one to three pages, the counts, the latest"
    assert largest_page(standin, tenant_key) <= (500 if release == "0.24" else 100)


def test_all_new_ones_are_parsed(
    curator_client: Client, ragflow_server: Server, filled: Fill, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    dataset_id = filled()
    curator_client.post(ragflow_server.url("documents:parse-new", dataset_id))
    assert Job.objects.get().items.count() == MANY
    assert len(standin.requests(tenant_key)) == (2 if release == "0.24" else 4)


def test_failed_ones_are_counted_for_a_retry(curator_client: Client, ragflow_server: Server, filled: Fill) -> None:
    dataset_id = filled(run="FAIL", progress=-1, progress_msg="[ERROR]No model")
    page = curator_client.get(ragflow_server.url("documents:retry", dataset_id))
    assert page.context["shown"] == page.context["total"] == MANY


def test_all_metadata_is_exported(viewer_client: Client, ragflow_server: Server, filled: Fill) -> None:
    dataset_id = filled(meta_fields={"author": "Ann"})
    answer = viewer_client.get(ragflow_server.url("metadata:export", dataset_id))
    text = (b"".join(answer) if answer.streaming else answer.content).decode()
    assert text.count("Ann") == MANY


def test_all_are_selected_and_found_by_name(ragflow: RAGFlow, filled: Fill) -> None:
    dataset_id = filled(meta_fields={"author": "Ann"})
    assert len(selection.every(ragflow, dataset_id)) == MANY
    names = [f"{n:03}.txt" for n in range(100, 160)]
    assert set(replace_job.same_names(ragflow, ragflow.datasets.get(dataset_id), names)) == set(names)


def test_all_chunks_of_a_document_are_read(
    ragflow: RAGFlow, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    chunks = [{"content": f"Paragraph {n} about subject number {n}."} for n in range(MANY)]
    made = standin.fill(
        tenant_key,
        datasets=[{"name": "Long", "documents": [{"name": "long.txt", "run": "DONE", "chunks": chunks}]}],
    )["datasets"][0]
    document_id = made["documents"][0]["id"]
    standin.reset_requests()
    asked = Asked(text="", page=PageRequest(1, 25), chunk="", state="on")
    _document, found = reading.matching(ragflow, made["id"], document_id, asked)
    assert len(found) == MANY
    assert largest_page(standin, tenant_key) <= (500 if release == "0.24" else 100)
