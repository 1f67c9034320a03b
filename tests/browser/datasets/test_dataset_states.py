"""The bars of the list of datasets in Chromium: they come after the page, and follow a search."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def datasets(ragflow: RAGFlow, standin: StandinProcess) -> None:
    """One with documents in several states, and one that is empty."""
    standin.parsing(speed=20, paused=True)
    dataset = ragflow.datasets.create(name="Company handbook", description="x" * 300)
    for number in range(3):
        made = ragflow.documents.upload(dataset, f"{number}.txt", io.BytesIO(b"One"), 3)
        if number:
            ragflow.documents.parse(ragflow.documents.get(dataset.id, made.id))
    ragflow.documents.stop(ragflow.documents.get(dataset.id, made.id))
    ragflow.datasets.create(name="x" * 128)


def test_the_bars_come_after_the_page_and_follow_a_search(page: Page, server: Server, datasets: None) -> None:
    page.goto(server.url("datasets:list"))
    bar = page.get_by_role("img", name="Company handbook: 0 of 3 parsed, 1 parsing, 1 cancelled, 1 not parsed")
    expect(bar).to_be_visible()
    address = page.url

    page.get_by_label("Search datasets").press_sequentially("hand")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(bar).to_be_visible()
    assert "states" not in page.url
    assert page.url != address


@pytest.mark.thorough
def test_the_list_with_bars_is_accessible(page: Page, server: Server, datasets: None) -> None:
    page.goto(server.url("datasets:list"))
    expect(page.locator("svg.ra-bar")).to_have_count(1)
    assert_accessible(page, LOOKS)


def test_without_script_the_number_of_documents_stays(
    new_page: NewPage, administrator: User, server: Server, datasets: None
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(server.url("datasets:list"))

    expect(page.get_by_text("3 documents")).to_be_visible()
