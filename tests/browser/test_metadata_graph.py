"""Metadata and graph of a dataset in Chromium: readable in both themes and widths, usable by keyboard."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Edge, Graph, JobKind, Node
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.support.processes import worker
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def store(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    def make(name: str, text: bytes = b"Some text.", **meta: Any) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(text), len(text))
        document = ragflow.documents.get(dataset.id, made.id)
        return ragflow.documents.update(document, meta_fields=meta) if meta else document

    return make


def work(page: Page) -> None:
    """Acts as the worker: steps until no job is due. The page of the job does not poll during that.

    The tables of a test stand in memory, where who reads locks out who writes.
    """
    expect(page).to_have_url(re.compile(r"/activity/jobs/"))
    url = page.url
    page.goto("about:blank")
    worker.work()
    page.goto(url)


def test_the_metadata_pages_are_accessible(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document]
) -> None:
    store("a-rather-long-name-of-a-document.txt", author="Ann", year=2024, tags=[f"tag {n}" for n in range(30)])
    store("b.txt", author="x" * 300, year=2023)
    page.goto(server.url("metadata:page", dataset.id))
    expect(page.get_by_role("heading", name="author")).to_be_visible()
    assert_accessible(page, LOOKS)
    page.goto(f"{server.url('metadata:change', dataset.id)}?scope=all&operation=put&key=author&value=Zoe&kind=text")
    expect(page.get_by_role("heading", name="2 documents will change")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_metadata_are_changed_by_keyboard_alone(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    document = store("a.txt", author="Ann")
    store("b.txt", author="Ben")
    page.goto(server.url("metadata:page", dataset.id))
    page.get_by_role("link", name="Change author").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_key")).to_have_value("author")
    page.get_by_role("group", name="Condition 1").get_by_label("Value").focus()
    page.keyboard.type("Ann")
    page.get_by_label("New value", exact=True).focus()
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change 1 document").focus()
    page.keyboard.press("Enter")
    work(page)
    expect(page.get_by_text("1 of 1 changed")).to_be_visible()
    assert ragflow.documents.get(dataset.id, document.id).meta_fields == {"author": "Zoe"}


def test_metadata_are_exported_changed_and_imported(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    document = store("a.txt", author="Ann", note="two\nlines")
    page.goto(server.url("metadata:page", dataset.id))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig").replace("Ann", "Zoe")
    page.get_by_role("link", name="Import CSV").click()
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_role("heading", name="1 document will change")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Change 1 document").click()
    work(page)
    expect(page.get_by_text("1 of 1 changed")).to_be_visible()
    now = ragflow.documents.get(dataset.id, document.id).meta_fields
    assert now == {"author": "Zoe", "note": "two\nlines"}
    assert_accessible(page)
    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_role("heading", name="1 document will change")).to_be_visible()
    page.get_by_role("button", name="Change 1 document").click()
    work(page)
    now = ragflow.documents.get(dataset.id, document.id).meta_fields
    assert now == {"author": "Ann", "note": "two\nlines"}


def test_only_the_fields_that_matter_are_shown(page: Page, server: Server, dataset: Dataset) -> None:
    page.goto(server.url("metadata:change", dataset.id))
    expect(page.get_by_label("Current value")).to_be_hidden()
    page.get_by_label("Delete a key and all its values").check()
    expect(page.get_by_label("New value", exact=True)).to_be_hidden()
    page.get_by_label("All of this dataset").check()
    expect(page.get_by_role("group", name="Condition 1")).to_be_hidden()
    page.get_by_label("Replace a value").check()
    expect(page.get_by_label("Current value")).to_be_visible()
    expect(page.get_by_label("New key name")).to_be_hidden()
    page.get_by_label("Rename a key").check()
    expect(page.get_by_label("New key name")).to_be_visible()
    expect(page.get_by_label("Current value")).to_be_hidden()


def cell(page: Page, key: str, name: str) -> Locator:
    return page.get_by_role("textbox", name=re.compile(rf"^{key} .*{name}"))


def test_cells_save_themselves_and_are_walked_by_keyboard(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    below = store("b.txt", author="Ben", year=2023)
    above = store("a.txt", author="Ann", year=2024, note="two\nlines")
    page.goto(server.url("metadata:grid", dataset.id))
    cell(page, "author", "a.txt").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    expect(cell(page, "author", "b.txt")).to_be_focused()
    expect(page.locator("td[data-state=saved]")).to_have_count(1)
    assert ragflow.documents.get(dataset.id, above.id).meta_fields["author"] == "Zoe"
    page.keyboard.type("Xaver")
    page.keyboard.press("Escape")
    expect(cell(page, "author", "b.txt")).to_have_value("Ben")
    page.keyboard.press("ArrowUp")
    expect(cell(page, "author", "a.txt")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "note", "a.txt")).to_be_focused()
    cell(page, "year", "b.txt").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("soon")
    page.keyboard.press("Tab")
    expect(page.locator(".ra-cell-note")).to_have_text("year: enter a number such as 2024 or 3.5.")
    expect(cell(page, "year", "b.txt")).to_have_value("soon")
    assert_accessible(page)
    cell(page, "year", "b.txt").fill("2025")
    cell(page, "author", "a.txt").focus()
    expect(page.locator("td[data-state=failed]")).to_have_count(0)
    expect(page.locator("td[data-state=saved]")).to_have_count(2)
    assert ragflow.documents.get(dataset.id, below.id).meta_fields == {"author": "Ben", "year": 2025}
    cell(page, "note", "a.txt").fill("")
    cell(page, "author", "a.txt").focus()
    expect(page.locator("td[data-state=saved]")).to_have_count(3)
    assert "note" not in ragflow.documents.get(dataset.id, above.id).meta_fields


def test_what_was_saved_is_taken_back_one_cell_after_the_other(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    below, above = store("b.txt", author="Ben"), store("a.txt", author="Ann", year=2024)

    def stored() -> list[Any]:
        return [dict(ragflow.documents.get(dataset.id, one.id).meta_fields) for one in (above, below)]

    before = stored()
    page.goto(server.url("metadata:grid", dataset.id))
    undo = page.get_by_role("button", name="Undo the last saved cell")
    expect(undo).to_be_hidden()
    for key, name, text in (("author", "a.txt", "Zoe"), ("year", "a.txt", ""), ("year", "b.txt", "1999")):
        cell(page, key, name).fill(text)
        page.keyboard.press("Enter")
        expect(cell(page, key, name).locator("..")).to_have_attribute("data-state", "saved")
    assert stored() == [{"author": "Zoe"}, {"author": "Ben", "year": 1999}]

    cell(page, "author", "b.txt").fill("typed")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(cell(page, "year", "b.txt")).to_have_value("")
    expect(cell(page, "year", "b.txt")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Control+z")
    expect(cell(page, "year", "a.txt")).to_have_value("2024")
    expect(page.locator("#live")).to_have_text("Restored")
    undo.click()
    expect(cell(page, "author", "a.txt")).to_have_value("Ann")
    expect(undo).to_be_hidden()
    expect(page.locator("td[data-state=saving]")).to_have_count(0)
    assert stored() == before


def test_what_is_typed_survives_a_dashboard_that_is_away(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    document = store("a.txt", author="Ann")
    page.goto(server.url("metadata:grid", dataset.id))
    page.route(re.compile(r"/metadata/table/[0-9a-f]"), lambda route: route.abort())
    field = cell(page, "author", "a.txt")
    field.fill("Zoe")
    field.blur()
    expect(page.locator(".ra-cell-note")).to_contain_text("Not saved: the dashboard did not respond.")
    expect(field).to_have_value("Zoe")
    page.unroute_all()
    field.focus()
    field.blur()
    expect(page.locator("td[data-state=saved]")).to_have_count(1)
    assert ragflow.documents.get(dataset.id, document.id).meta_fields == {"author": "Zoe"}


def test_the_table_is_accessible_and_its_names_stay(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document]
) -> None:
    store("a-rather-long-name-of-a-document-that-does-not-fit.txt", **{f"key {n}": f"value {n}" for n in range(9)})
    page.goto(server.url("metadata:grid", dataset.id))
    expect(page.locator(".ra-cell-in").first).to_be_visible()
    assert_accessible(page, LOOKS)
    page.locator(".ra-grid").evaluate("box => box.scrollTo(10000, 0)")
    name = page.locator("tbody .ra-grid-name").bounding_box()
    box = page.locator(".ra-grid").bounding_box()
    assert name
    assert box
    assert abs(name["x"] - box["x"]) < 2
    page.get_by_text("Columns").click()
    page.get_by_label("Name of the new key").fill("brand new")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="brand new")).to_be_attached()


def test_without_script_a_row_is_saved_by_its_button(
    new_page: NewPage,
    administrator: User,
    server: Server,
    dataset: Dataset,
    store: Callable[..., Document],
    ragflow: RAGFlow,
) -> None:
    document = store("a.txt", author="Ann", year=2024)
    page = new_page(administrator, java_script_enabled=False)
    page.goto(server.url("metadata:grid", dataset.id))
    page.locator("input[name=value]").first.fill("Zoe")
    page.get_by_role("button", name="Save a.txt").click()
    expect(page.get_by_text("Saved a.txt")).to_be_visible()
    assert ragflow.documents.get(dataset.id, document.id).meta_fields == {"author": "Zoe", "year": 2024}


def test_a_value_filters_the_documents_and_the_search_keeps_the_filter(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document]
) -> None:
    store("ann-1.txt", author="Ann")
    store("ann-2.txt", author="Ann")
    store("ben-2.txt", author="Ben")
    page.goto(server.url("metadata:page", dataset.id))
    page.get_by_role("link", name="Ann 2").click()
    expect(page.locator("#table tbody tr")).to_have_count(2)
    page.get_by_placeholder("Search by name").fill("2")
    expect(page.locator("#table tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="ann-2.txt", exact=True)).to_be_visible()
    page.get_by_role("link", name="author is Ann").click()
    expect(page.locator("#table tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="ben-2.txt", exact=True)).to_be_visible()


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
