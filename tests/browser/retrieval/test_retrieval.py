"""The retrieval lab in a real browser: by keyboard, side by side, on a phone, without script."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.chunks.conftest import Upload, dataset, upload

__all__ = ["dataset", "upload"]
pytestmark = pytest.mark.browser

TEXT = "\n".join(
    [
        "You apply for parental leave seven weeks before it begins.",
        "Annual leave is thirty days.",
        "A sabbatical is no leave of absence for parents. " + "It has rules of its own. " * 40,
    ]
)


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", TEXT)


def test_a_question_is_asked_by_keyboard_and_its_settings_stay_in_the_address(
    page: Page, ragflow_server: Server, document: Document
) -> None:
    page.goto(ragflow_server.url("retrieval:lab"))
    page.get_by_label("Question", exact=True).fill("parental leave")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/retrieval/\?q=parental(%20|\+)leave&dataset={document.dataset_id}$"))
    expect(page.get_by_label("Question", exact=True)).to_be_focused()

    page.locator("summary", has_text="Settings").click()
    page.get_by_label("Similarity threshold", exact=True).fill("0.6")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("similarity_threshold=0.6"))
    expect(page.get_by_role("separator")).to_contain_text("threshold · 1 above")
    expect(page.get_by_label("Similarity threshold", exact=True)).to_be_visible()

    page.go_back()
    expect(page.get_by_role("separator")).to_have_count(0)


def test_two_settings_stand_side_by_side_and_one_at_a_time_on_a_phone(
    new_page: NewPage, administrator: User, ragflow_server: Server, document: Document
) -> None:
    page = new_page(administrator)
    page.goto(f"{ragflow_server.url('retrieval:lab')}?q=leave&dataset={document.dataset_id}")
    page.get_by_role("button", name="A | B").click()
    a, b = (page.get_by_role("region", name=f"With settings {letter}") for letter in "AB")
    expect(a).to_be_visible()
    expect(b).to_be_visible()

    phone = new_page(administrator, width=390)
    phone.goto(page.url)
    a, b = (phone.get_by_role("region", name=f"With settings {letter}") for letter in "AB")
    expect(b).to_be_visible()
    expect(a).to_be_hidden()
    phone.get_by_role("button", name=re.compile("A · . hit")).click()
    expect(a).to_be_visible()
    expect(b).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chunk_is_switched_off_in_place_and_on_again(
    page: Page, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    page.goto(f"{ragflow_server.url('retrieval:lab')}?q=annual&dataset={document.dataset_id}")
    chunk = ragflow.retrieval.search("annual", [document.dataset_id]).hits[0]

    page.get_by_role("button", name="Disable chunk 1", exact=True).click()
    expect(page.get_by_role("button", name="Enable")).to_be_focused()
    assert not ragflow.chunks.get(document.dataset_id, document.id, chunk.id).available
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_role("button", name="Enable")).to_have_count(0)
    assert ragflow.chunks.get(document.dataset_id, document.id, chunk.id).available


def test_choosing_a_dataset_switches_those_with_another_model_off(
    page: Page, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    used = ragflow.datasets.get(document.dataset_id).embedding_model
    other_model = next(model.id for model in ragflow.system.models("embedding") if model.id != used)
    other: Dataset = ragflow.datasets.create(name="Another model", embedding_model=other_model)
    with_text(ragflow, other)
    page.goto(ragflow_server.url("retrieval:lab"))
    page.locator("summary", has_text="Choose datasets").click()
    page.get_by_role("checkbox", name=re.compile("Handbook")).check()

    expect(page.get_by_role("checkbox", name=re.compile("Another model"))).to_be_disabled()
    page.get_by_role("checkbox", name=re.compile("Handbook")).uncheck()
    expect(page.get_by_role("checkbox", name=re.compile("Another model"))).to_be_enabled()


def test_documents_are_found_while_typing_and_history_opens_beside(
    page: Page, ragflow_server: Server, document: Document
) -> None:
    page.goto(f"{ragflow_server.url('retrieval:lab')}?q=leave&dataset={document.dataset_id}")
    page.locator("summary", has_text="All documents").click()
    page.get_by_label("Find documents by name").press_sequentially("lea")
    page.get_by_role("checkbox", name="leave.txt").check()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"document={document.id}"))
    assert "find=" not in page.url

    page.get_by_role("link", name="History").click()
    dialog = page.get_by_role("dialog", name="Recent questions")
    expect(dialog.get_by_role("link", name="leave")).to_have_count(2)
    assert_accessible(page)


def test_it_works_without_script(
    new_page: NewPage, administrator: User, ragflow_server: Server, document: Document
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(ragflow_server.url("retrieval:lab"))
    page.get_by_label("Question", exact=True).fill("leave")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    page.get_by_role("button", name="A | B").click()
    expect(page.get_by_role("heading", name="With settings B")).to_be_visible()
    page.get_by_role("button", name="Single", exact=True).click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()


@pytest.mark.thorough
def test_nothing_stands_in_anybodys_way(page: Page, ragflow_server: Server, document: Document) -> None:
    lab = f"{ragflow_server.url('retrieval:lab')}?dataset={document.dataset_id}"
    page.goto(f"{lab}&q=leave&compare=1&b-similarity_threshold=0.5&b-top_k=0")
    assert_accessible(page, LOOKS)
    page.goto(f"{lab}&q=parental+leave&compare=1&b-similarity_threshold=0.5")
    page.locator("summary", has_text="Settings B").click()
    page.locator("summary", has_text="Full text").last.click()
    # Scrolled down, the bar at the top could cover half of a button.
    page.evaluate("scrollTo(0, 0)")
    assert_accessible(page, LOOKS)
    for name in ("in Handbook", "All documents", "Metadata"):
        page.locator("summary", has_text=name).click()
        assert_accessible(page, LOOKS)


def with_text(ragflow: RAGFlow, dataset: Dataset) -> None:
    """A document with one chunk, written by hand."""
    import io

    stored = ragflow.documents.upload(dataset, "one.txt", io.BytesIO(b"Leave."), 6)
    ragflow.chunks.add(ragflow.documents.get(dataset.id, stored.id), "Leave of another kind.")
