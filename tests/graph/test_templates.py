"""Graphs of 0.27 are built from compilation templates: what the page says about them, and about jobs without any."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Graph, Job, JobKind, Node
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.graph.conftest import give_templates
from tests.support.pages.reading import text_of

Url = Callable[[str], str]
pytestmark = [pytest.mark.releases, pytest.mark.usefixtures("newest")]


def card_of(page: str) -> str:
    """What the page says about the graph's job, without its log."""
    return page.partition('id="job-graphrag"')[2].partition("<details")[0]


def test_a_job_that_built_nothing_is_not_called_done(
    curator_client: Client,
    url: Url,
    ragflow: RAGFlow,
    dataset: Dataset,
    parsed: Document,
    ended: Callable[[JobKind], Job],
) -> None:
    ragflow.graph.run(dataset, JobKind.GRAPH)
    assert ended(JobKind.GRAPH).progress == 1, "RAGFlow calls it done"
    page = text_of(curator_client.get(url("page")))
    card = card_of(page)
    assert "Nothing was built" in card
    assert "RAGFlow's last line: “No doc_graph rows found.”" in card
    assert "Choose a template group with a knowledge graph template in the settings of the dataset" in card
    assert "Done" not in card
    assert "This dataset has no template group, so building a graph builds nothing." in page


def test_activity_does_not_call_it_done_either(
    curator_client: Client, url: Url, ragflow_server: Server, parsed: Document, ended: Callable[[JobKind], Job]
) -> None:
    curator_client.post(url("run"), {"job": "graphrag"})
    ended(JobKind.GRAPH)
    cache.clear()
    page = text_of(curator_client.get(ragflow_server.url("activity:page")))
    assert "Nothing was built" in page


def test_the_page_explains_templates_and_lists_those_there_are(
    curator_client: Client,
    url: Url,
    ragflow_server: Server,
    standin: StandinProcess,
    tenant_key: str,
    dataset: Dataset,
) -> None:
    give_templates(standin, tenant_key, dataset, "Other <b>", "wiki")
    give_templates(standin, tenant_key, dataset, "People", "knowledge_graph")
    raw = curator_client.get(url("page")).content.decode()
    assert "A compilation template says what the language model makes of each document" in raw
    assert ragflow_server.url("datasets:settings", dataset.id) in raw
    rows = re.findall(r'<th scope="row">(.*?)</tr>', raw, re.DOTALL)
    used = [row for row in rows if "Used here" in row]
    assert len(used) == 1
    assert "People" in used[0]
    assert "Who is who" in used[0]
    assert "Knowledge graph" in used[0]
    assert "For the handbook" in used[0]
    assert "Other &lt;b&gt;" in raw
    assert "Mind map - Radial concept hierarchy" in raw, "a built-in template"
    assert "builds nothing" not in raw


def test_a_group_without_a_graph_template_is_told(
    viewer_client: Client, url: Url, standin: StandinProcess, tenant_key: str, dataset: Dataset
) -> None:
    give_templates(standin, tenant_key, dataset, "Pages", "wiki")
    page = text_of(viewer_client.get(url("page")))
    assert "has no knowledge graph template, so building a graph builds nothing." in page
    assert "Dataset settings" not in page, "a viewer cannot change them"


def test_before_a_build_the_question_says_that_it_needs_templates(
    curator_client: Client, url: Url, parsed: Document
) -> None:
    page = text_of(curator_client.get(url("run"), {"job": "graphrag"}))
    assert "Without a template group, the job builds nothing." in page
    assert "replaces the parse log" not in page


def test_a_graph_that_ragflow_says_it_built_but_does_not_return_is_not_called_done(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "12:00:00 created task structure_graph\n12:00:04 Built 1/1 dataset graph(s)."
    job = Job("a" * 32, JobKind.GRAPH, "", 1.0, log, 4.0, None, None, from_templates=True)
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.trace", lambda *_: job)
    card = card_of(text_of(viewer_client.get(url("page"))))
    assert "No graph returned" in card
    assert "“Built 1/1 dataset graph(s).”" in card
    assert "Look for it in RAGFlow itself." in card


def test_a_cancelled_job_is_called_cancelled(
    curator_client: Client, url: Url, ragflow: RAGFlow, dataset: Dataset, parsed: Document, newest: StandinProcess
) -> None:
    newest.parsing(paused=True)
    ragflow.graph.run(dataset, JobKind.GRAPH)
    page = text_of(curator_client.post(url("release"), {"job": "graphrag"}, follow=True))
    assert "It may take a minute until RAGFlow accepts another one." in page
    assert "Cancelled" in card_of(page)
    page = text_of(curator_client.post(url("release"), {"job": "graphrag"}, follow=True))
    assert "The job had already ended." in page


def test_while_ragflow_still_ends_a_cancelled_job_people_are_told_to_try_again(
    curator_client: Client, url: Url, ragflow: RAGFlow, dataset: Dataset, parsed: Document, newest: StandinProcess
) -> None:
    newest.parsing(paused=True)
    ragflow.graph.run(dataset, JobKind.RAPTOR)
    ragflow.graph.release(dataset, JobKind.RAPTOR)
    said = "Task 7be2 in progress with status 0.0196812. A RAPTOR Task is already running."
    newest.fault("code", method="POST", path="index", code=102, message=said, times=1)
    page = text_of(curator_client.post(url("run"), {"job": "raptor"}, follow=True))
    assert "RAGFlow is still ending the cancelled job. Try again in a minute." in page
    page = text_of(curator_client.post(url("run"), {"job": "raptor"}, follow=True))
    assert "Job started" in page


def test_names_of_sources_come_in_pages_that_ragflow_allows(
    viewer_client: Client,
    ragflow_server: Server,
    newest: StandinProcess,
    tenant_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [{"name": f"{number}.txt"} for number in range(130)]
    made = newest.fill(tenant_key, datasets=[{"name": "Large", "documents": documents}])["datasets"][0]
    youngest = made["documents"][0]["id"]
    graph = Graph((Node("ANNA", "person", ("She is.",), 1.0, (youngest,)),), (), {})
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.get", lambda *_: graph)
    newest.reset_requests()
    page = text_of(viewer_client.get(ragflow_server.url("graph:page", made["id"])))
    assert f'"{youngest}": ["0.txt"' in page
    lists = [row for row in newest.requests(tenant_key) if row["path"].endswith("/documents")]
    assert len(lists) == 2
