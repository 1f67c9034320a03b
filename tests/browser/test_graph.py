"""The graph of a dataset in Chromium: readable in both themes and widths, usable by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Edge, Graph, JobKind, Node
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.browser
TEXT = (
    b"We asked Anna Berg about the Berlin office. Anna Berg leads the Research Council.\n"
    b"Since May the Research Council meets with NATO in Berlin.\n"
)


@pytest.fixture
def parsed(store: Callable[..., Document], ragflow: RAGFlow, dataset: Dataset) -> Document:
    document = store("office.txt", TEXT)
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(dataset.id, document.id).run == "DONE")
    return document


@pytest.fixture
def built(parsed: Document, ragflow: RAGFlow, dataset: Dataset) -> Dataset:
    ragflow.graph.run(dataset, JobKind.GRAPH)
    wait_until(lambda: ragflow.graph.get(dataset.id).nodes)
    wait_until(lambda: not ragflow.graph.trace(dataset.id, JobKind.GRAPH).running)  # type: ignore[union-attr]
    return dataset


@pytest.mark.thorough
def test_the_graph_page_is_accessible(page: Page, server: Server, built: Dataset) -> None:
    page.goto(server.url("graph:page", built.id))
    expect(page.locator("[data-graph] canvas").first).to_be_visible()
    page.get_by_role("button", name="ANNA BERG").first.click()
    expect(page.locator("#graph-about")).to_contain_text("We asked Anna Berg about the Berlin office.")
    assert_accessible(page, LOOKS)


def test_entities_are_found_by_name_and_lead_to_their_documents(page: Page, server: Server, built: Dataset) -> None:
    page.goto(server.url("graph:page", built.id))
    expect(page.locator("[data-drawn]")).to_be_visible()
    search = page.get_by_placeholder("Find an entity")
    search.focus()
    page.keyboard.type("nato")
    about = page.locator("#graph-about")
    expect(about.get_by_role("heading", name="NATO")).to_be_visible()
    about.get_by_role("button", name="BERLIN").click()
    expect(about.get_by_role("heading", name="BERLIN")).to_be_visible()
    legend = page.get_by_role("button", name="Person")
    legend.click()
    expect(legend).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Show all").click()
    about.get_by_role("link", name="office.txt").click()
    expect(page).to_have_url(re.compile(r"/chunks/\?q=BERLIN"))


def test_a_graph_is_built_while_the_page_looks_on(
    page: Page, server: Server, dataset: Dataset, parsed: Document, standin: StandinProcess
) -> None:
    standin.parsing(paused=True)
    page.goto(server.url("graph:page", dataset.id))
    page.get_by_role("link", name="Build Knowledge graph").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("The language model reads all")
    page.get_by_role("dialog").get_by_role("button", name="Build graph").click()
    expect(page.locator("#job-graphrag progress")).to_be_visible()
    expect(page.locator("#job-graphrag pre")).to_contain_text("created task graphrag")
    standin.parsing(paused=False, speed=50)
    expect(page.locator("[data-drawn]")).to_be_visible(timeout=15_000)
    expect(page.locator("#job-graphrag")).to_contain_text("Done")


@pytest.mark.thorough
def test_five_thousand_entities_stay_usable(
    page: Page, server: Server, built: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = tuple(Node(f"N{n}", f"type {n % 5}", (f"Says {n}.",), 1 / (n + 1), ()) for n in range(5000))
    edges = tuple(Edge(f"N{n}", f"N{n // 2}", (), (), 1.0, ()) for n in range(1, 5000))
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.get", lambda *_: Graph(nodes, edges, {}))
    page.goto(server.url("graph:page", built.id))
    expect(page.locator('[data-drawn="200"]')).to_be_visible(timeout=15_000)
    search = page.get_by_placeholder("Find an entity")
    search.fill("n4321")
    about = page.locator("#graph-about")
    expect(about.get_by_role("heading", name="N4321")).to_be_visible(timeout=15_000)
    expect(about).to_contain_text("Says 4321.")
    about.get_by_role("button", name="N2160", exact=True).click()
    expect(about.get_by_role("heading", name="N2160")).to_be_visible(timeout=15_000)
    search.fill("432")
    expect(about).to_contain_text("Entities found: 15")
    page.get_by_role("button", name="5,000").click()
    expect(page.locator('[data-drawn="5000"]')).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="5,000")).to_have_attribute("aria-pressed", "true")
    assert_accessible(page)
