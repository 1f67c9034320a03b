"""Outdated settings and pipelines in Chromium: from the changed setting to the reparsed documents, by keyboard."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.support.processes.worker import work

pytestmark = pytest.mark.browser
TEXT = b"The sick leave procedure has three steps. " * 40


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="<img src=x onerror=alert(1)>", description="x" * 300)


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> None:
    for number in range(3):
        ragflow.documents.upload(dataset, f"{number}.txt", io.BytesIO(TEXT), len(TEXT))


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), pytest.param(390, "dark", marks=pytest.mark.thorough)])
def test_a_changed_setting_is_brought_to_the_documents(
    new_page: NewPage,
    administrator: User,
    server: Server,
    dataset: Dataset,
    stored: None,
    ragflow: RAGFlow,
    width: int,
    theme: str,
) -> None:
    page = new_page(administrator, width=width, theme=theme)
    page.goto(server.url("datasets:settings", dataset.id))
    page.get_by_label("Chunk size", exact=True).fill("64")
    page.get_by_role("button", name="Save and reparse 3").click()
    expect(page.get_by_role("heading", name="Apply the settings to 3 documents and reparse them?")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("Outdated settings", exact=True)).to_have_count(3)
    expect(page.get_by_text("3 documents use outdated settings.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)

    opener = page.get_by_role("link", name="Apply to 3 documents and reparse")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 that were never parsed only get the new settings.")
    assert_accessible(page)
    dialog.get_by_role("button", name="Apply to 3 documents and reparse").press("Enter")
    expect(dialog).to_be_hidden()
    work()
    expect(page.get_by_text("Outdated settings", exact=True)).to_have_count(0)
    page.goto(server.url("datasets:settings", dataset.id))
    expect(page.get_by_text("use outdated settings")).to_have_count(0)
    assert {one.parser_config["chunk_token_num"] for one in ragflow.documents.list(dataset.id)} == {64}


@pytest.mark.thorough
def test_a_pipeline_is_chosen_for_a_new_dataset(page: Page, server: Server, ragflow: RAGFlow) -> None:
    page.goto(server.url("datasets:create"))
    page.get_by_label("Name", exact=True).fill("Minutes")
    page.get_by_text("Ingestion pipeline", exact=True).click()
    expect(page.locator("#method-title")).to_have_text("Ingestion pipeline")
    field = page.get_by_label("Pipeline", exact=True)
    field.fill("no such thing")
    page.get_by_label("Parsers in its Parser component").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Enter 32 digits and letters a to f")).to_be_visible()
    assert_accessible(page, LOOKS)
    page.get_by_label("Pipeline", exact=True).fill("d0bebe30ae2211f0970942010a8e0005")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Minutes")).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.locator("#pipeline-id")).to_have_text("d0bebe30ae2211f0970942010a8e0005")
    assert_accessible(page, LOOKS)
    (made,) = ragflow.datasets.walk()
    assert made.pipeline_id == "d0bebe30ae2211f0970942010a8e0005"
