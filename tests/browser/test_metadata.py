"""The metadata of a dataset in Chromium: changed by keyboard, exported, imported, and used as a filter."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.processes import worker

pytestmark = pytest.mark.browser


def work(page: Page) -> None:
    """Acts as the worker: steps until no job is due. The page of the job does not poll during that.

    The tables of a test stand in memory, where who reads locks out who writes.
    """
    expect(page).to_have_url(re.compile(r"/activity/jobs/"))
    url = page.url
    page.goto("about:blank")
    worker.work()
    page.goto(url)


@pytest.mark.thorough
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
