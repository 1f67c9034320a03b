"""Metadata edited in a table in Chromium: cells save themselves, by keyboard and without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser


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


@pytest.mark.thorough
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
