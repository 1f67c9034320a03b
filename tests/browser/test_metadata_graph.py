"""Metadata and graph of a dataset in Chromium: readable in both themes and widths, usable by keyboard."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import NewPage, assert_accessible

pytestmark = pytest.mark.browser
LOOKS = [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)]


@pytest.fixture
def server(administrator: User, standin: StandinProcess, tenant_key: str) -> Server:
    cache.clear()
    made = Server(name="Test server", slug="test", base_url=standin.base_url, is_default=True)
    made.api_key = tenant_key
    made.save()
    return made


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Company handbook")


@pytest.fixture
def store(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    def make(name: str, text: bytes = b"Some text.", **meta: Any) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(text), len(text))
        document = ragflow.documents.get(dataset.id, made.id)
        return ragflow.documents.update(document, meta_fields=meta) if meta else document

    return make


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_the_metadata_pages_are_accessible(
    theme: str,
    width: int,
    new_page: NewPage,
    administrator: User,
    server: Server,
    dataset: Dataset,
    store: Callable[..., Document],
) -> None:
    store("a-rather-long-name-of-a-document.txt", author="Ann", year=2024, tags=[f"tag {n}" for n in range(30)])
    store("b.txt", author="x" * 300, year=2023)
    page = new_page(administrator, width=width, theme=theme)
    page.goto(server.url("metadata:page", dataset.id))
    expect(page.get_by_role("heading", name="author")).to_be_visible()
    assert_accessible(page)
    assert not overflows(page)
    page.goto(f"{server.url('metadata:change', dataset.id)}?scope=all&operation=put&key=author&value=Zoe&kind=text")
    expect(page.get_by_role("heading", name="2 documents would change")).to_be_visible()
    assert_accessible(page)
    assert not overflows(page)


def test_metadata_are_changed_by_keyboard_alone(
    page: Page, server: Server, dataset: Dataset, store: Callable[..., Document], ragflow: RAGFlow
) -> None:
    document = store("a.txt", author="Ann")
    store("b.txt", author="Ben")
    page.goto(server.url("metadata:page", dataset.id))
    page.get_by_role("link", name="Change author").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key", exact=True)).to_have_value("author")
    page.get_by_label("Value of condition 1").focus()
    page.keyboard.type("Ann")
    page.get_by_label("New value", exact=True).focus()
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change 1 document").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 document is changed")).to_be_visible()
    assert ragflow.documents.get(dataset.id, document.id).meta_fields == {"author": "Zoe"}


def test_only_the_fields_that_matter_are_shown(page: Page, server: Server, dataset: Dataset) -> None:
    page.goto(server.url("metadata:change", dataset.id))
    expect(page.get_by_label("Present value")).to_be_hidden()
    page.get_by_label("Delete a key with all its values").check()
    expect(page.get_by_label("New value", exact=True)).to_be_hidden()
    page.get_by_label("All of this dataset").check()
    expect(page.get_by_label("Key of condition 1")).to_be_hidden()
    page.get_by_label("Replace one value by another").check()
    expect(page.get_by_label("Present value")).to_be_visible()


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
    page.get_by_role("link", name="remove this filter").click()
    expect(page.locator("#table tbody tr")).to_have_count(3)
