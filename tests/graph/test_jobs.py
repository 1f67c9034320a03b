"""Building the graph and the summaries: asked before, followed while it runs, given up when it is dead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.models import AuditEntry
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Job, JobKind
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of

Url = Callable[[str], str]
pytestmark = pytest.mark.releases
both = pytest.mark.parametrize("kind", list(JobKind))


def writes(standin: StandinProcess, key: str) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"]) for entry in standin.requests(key) if entry["method"] != "GET"]


@both
def test_what_it_costs_is_said_before_it_starts(
    kind: JobKind, curator_client: Client, url: Url, parsed: Document, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    page = text_of(curator_client.get(url("run"), {"job": kind.value}))
    assert "This uses" in page
    assert "Handbook" in page
    assert "<html" not in text_of(curator_client.get(url("run"), {"job": kind.value}, HTTP_HX_REQUEST="true"))
    assert writes(standin, tenant_key) == []


@both
def test_a_job_is_started_followed_and_done(
    kind: JobKind,
    curator_client: Client,
    url: Url,
    parsed: Document,
    templates: str,
    ended: Callable[[JobKind], Job],
    standin: StandinProcess,
) -> None:
    standin.parsing(paused=True)
    response = curator_client.post(url("run"), {"job": kind.value}, follow=True)
    page = text_of(response)
    assert "You can leave this page. The job keeps running." in page
    progress = f"{url('progress')}?job={kind.value}"
    assert f'hx-get="{progress}"' in page

    moving = curator_client.get(progress, HTTP_HX_REQUEST="true")
    assert 'hx-trigger="every 3s"' in text_of(moving)
    assert "created task" in text_of(moving)
    assert "HX-Refresh" not in moving

    standin.parsing(paused=False, speed=50)
    assert ended(kind).progress == 1
    page = text_of(curator_client.get(url("page")))
    assert progress not in page, "nothing asks any more"
    assert "Done" in page
    assert AuditEntry.objects.get().action in ("graph.run", "raptor.run")


def test_while_it_runs_the_last_lines_of_the_log_are_shown(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "\n".join(f"12:00:00 line {number}." for number in range(1, 31))
    running = Job("a" * 32, JobKind.GRAPH, parsed.id, 0.4, log, 12.0, None, None)
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.trace", lambda *_: running)
    page = text_of(viewer_client.get(f"{url('progress')}?job=graphrag", HTTP_HX_REQUEST="true"))
    assert "line 30." in page
    assert "line 21." in page
    assert "line 20." not in page
    assert 'value="40"' in page


def test_a_job_says_in_its_own_words_how_far_it_is_and_how_long_still(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    log = "12:30/45 begins\nEntities extraction of chunk 12 40/1200 done, 7 nodes, 3 edges, 900 tokens."
    running = Job("b" * 32, JobKind.RAPTOR, parsed.id, 0.5, log, 12.0, now - timedelta(minutes=10), now)
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.trace", lambda *_: running)

    page = text_of(viewer_client.get(f"{url('progress')}?job=raptor", HTTP_HX_REQUEST="true"))

    assert 'aria-label="Building RAPTOR summaries"' in page
    assert "Parsing" not in page
    assert re.search(r"for 10\smin[^,]*, about 10\smin[^<]* left", page)
    assert "step 40 of 1,200" in page


def test_the_bar_never_runs_backwards(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    for progress, shown in ((0.3, "30"), (0.7, "70"), (0.4, "70")):
        running = Job("c" * 32, JobKind.GRAPH, parsed.id, progress, "", 12.0, None, None)
        monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.trace", lambda *_, job=running: job)
        assert f'value="{shown}"' in text_of(viewer_client.get(url("page")))


def test_the_end_of_a_job_loads_the_page_anew(viewer_client: Client, url: Url, built: Dataset) -> None:
    answer = viewer_client.get(f"{url('progress')}?job=graphrag", HTTP_HX_REQUEST="true")
    assert answer["HX-Refresh"] == "true"
    assert "hx-trigger" not in text_of(answer)


def test_many_who_look_on_cost_one_call(
    viewer_client: Client, url: Url, built: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    for _ in range(5):
        viewer_client.get(f"{url('progress')}?job=graphrag", HTTP_HX_REQUEST="true")
    assert len(standin.requests(tenant_key)) == 1


def test_a_second_start_says_what_is_in_the_way(
    curator_client: Client, url: Url, parsed: Document, standin: StandinProcess
) -> None:
    standin.parsing(paused=True)
    curator_client.post(url("run"), {"job": "graphrag"})
    page = text_of(curator_client.post(url("run"), {"job": "graphrag"}, follow=True))
    assert "Job not started" in page
    assert "If it is stuck, cancel it first." in page


def test_an_empty_dataset_is_refused_with_the_reason(curator_client: Client, url: Url) -> None:
    page = text_of(curator_client.post(url("run"), {"job": "raptor"}, follow=True))
    assert "The dataset has no documents." in page


@both
def test_a_dead_job_is_given_up_and_another_can_start(
    kind: JobKind,
    curator_client: Client,
    url: Url,
    parsed: Document,
    standin: StandinProcess,
    ragflow: RAGFlow,
    dataset: Dataset,
    settings: Any,
    release: str,
) -> None:
    standin.parsing(paused=True)
    first = ragflow.graph.run(dataset, kind)
    settings.PARSE_STALLED_SECONDS = -1
    page = text_of(curator_client.get(url("page")))
    assert "Stalled" in page
    assert f"{url('release')}?job={kind.value}" in page
    question = text_of(curator_client.get(url("release"), {"job": kind.value}))
    deletes_graph = kind is JobKind.GRAPH and release == "0.24"
    assert ("The knowledge graph of the dataset is deleted too." in question) == deletes_graph
    assert ragflow.graph.trace(dataset.id, kind) is not None

    page = text_of(curator_client.post(url("release"), {"job": kind.value}, follow=True))
    assert "Job cancelled" in page
    job = ragflow.graph.trace(dataset.id, kind)
    assert job is None or job.cancelled, "0.24 forgets it"
    assert ragflow.graph.run(dataset, kind) != first


def test_the_graph_is_deleted_after_a_question(
    curator_client: Client, url: Url, built: Dataset, ragflow: RAGFlow
) -> None:
    assert "Documents and chunks are kept." in text_of(curator_client.get(url("delete")))
    assert ragflow.graph.get(built.id).nodes
    page = text_of(curator_client.post(url("delete"), follow=True))
    assert "Knowledge graph deleted" in page
    assert ragflow.graph.get(built.id).nodes == ()
    assert AuditEntry.objects.get().action == "graph.delete"


def test_a_job_that_failed_shows_its_log(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "12:00:00 <script>alert(1)</script>\n12:00:01 [ERROR] The model \u202edoes not answer"
    failed = Job("a" * 32, JobKind.GRAPH, parsed.id, -1.0, log, 12.0, None, None)
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.trace", lambda *_: failed)
    raw = viewer_client.get(url("page")).content.decode()
    assert "Failed" in raw
    assert re.search(r'<details[^>]*id="job-log-graphrag"\s*open', raw)
    assert "<script>alert" not in raw
    assert "\u202e" not in raw
    assert "12:00:01 [ERROR] The model" in raw


@pytest.mark.parametrize("name", ["run", "release", "progress"])
def test_a_job_that_does_not_exist_is_no_page(name: str, curator_client: Client, url: Url) -> None:
    assert curator_client.get(url(name), {"job": "mindmap"}).status_code == 404


@pytest.mark.parametrize("name", ["run", "release", "delete"])
def test_a_viewer_may_not_change_anything(
    name: str, viewer_client: Client, url: Url, built: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()
    assert viewer_client.get(url(name)).status_code == 403
    assert viewer_client.post(url(name)).status_code == 403
    assert standin.requests(tenant_key) == []


def test_a_server_that_cannot_be_asked_is_said_so(
    curator_client: Client, url: Url, parsed: Document, standin: StandinProcess
) -> None:
    standin.fault("error500", path="run_graphrag|index")
    response = curator_client.post(url("run"), {"job": "graphrag"})
    assert response.status_code >= 500
    assert AuditEntry.objects.get().outcome in ("failed", "unknown")
