"""Datasets, chunks and the overview in Chromium: searching while typing, choosing, selecting, deleting, reading."""

from __future__ import annotations

import io
import re
import time

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document, RunStatus
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def datasets(ragflow: RAGFlow) -> None:
    for name in ("Company handbook", "Product manuals", HOSTILE, "x" * 128):
        ragflow.datasets.create(name=name)


@pytest.fixture
def document(ragflow: RAGFlow) -> Document:
    """Sixty chunks in a dataset of its own."""
    dataset = ragflow.datasets.create(name="Topics", parser_config={"chunk_token_num": 1, "delimiter": "\n"})
    text = "\n".join(f"Sentence number {number} speaks of topic{number:03} only." for number in range(60)).encode()
    stored = ragflow.documents.upload(dataset, "topics.txt", io.BytesIO(text), len(text))
    document = ragflow.documents.get(dataset.id, stored.id)
    ragflow.documents.parse(document)
    end = time.monotonic() + 20
    while (document := ragflow.documents.get(dataset.id, stored.id)).run is RunStatus.RUNNING:
        assert time.monotonic() < end, "the stand-in does not parse"
        time.sleep(0.05)
    return document


def test_typing_searches_and_the_address_follows(page: Page, server: Server, datasets: None) -> None:
    page.goto(server.url("datasets:list"))
    page.get_by_label("Search datasets").press_sequentially("manuals")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=manuals"))
    expect(page.locator("#table")).to_have_count(1)
    expect(page.get_by_label("Search datasets")).to_be_focused()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(4)


def test_a_search_keeps_the_order_and_deleting_leads_back_to_it(
    page: Page, server: Server, datasets: None, ragflow: RAGFlow
) -> None:
    page.goto(f"{server.url('datasets:list')}?q=nothing+like+this")
    expect(page.locator("tbody tr")).to_have_count(0)
    page.get_by_label("Search datasets").fill("")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_role("link", name="Name", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=name"))

    page.get_by_label("Search datasets").press_sequentially("pro")

    expect(page).to_have_url(re.compile(r"q=pro&sort=name"))
    page.get_by_label("Select Product manuals").check()
    page.locator(".ra-bulk").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete dataset").click()
    expect(page.locator("#toasts")).to_contain_text("1 dataset deleted")
    expect(page).to_have_url(re.compile(r"q=pro&sort=name"))


def test_choosing_a_method_brings_its_fields_and_keeps_what_was_typed(page: Page, server: Server) -> None:
    page.goto(server.url("datasets:create"))
    page.get_by_label("Name", exact=True).fill("Handbook")
    page.get_by_label("Chunk size", exact=True).fill("77")

    page.get_by_role("radio", name="Table").check()
    expect(page.get_by_text("This method has no settings.")).to_be_visible()
    expect(page.locator("#method-title")).to_have_text("Table")
    page.get_by_role("radio", name="General").check()

    expect(page.get_by_label("Chunk size", exact=True)).to_have_value("77")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Handbook")
    page.get_by_role("button", name="Create dataset").click()
    expect(page).to_have_url(re.compile(r"/documents/$"))
    expect(page.get_by_role("heading", name="Handbook", level=1)).to_be_visible()


def test_a_selection_is_deleted_after_it_was_named(
    page: Page, server: Server, datasets: None, ragflow: RAGFlow
) -> None:
    page.goto(f"{server.url('datasets:list')}?sort=name")
    page.get_by_label("Select Company handbook").check()
    page.get_by_label("Select Product manuals").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.locator(".ra-bulk").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 datasets?")
    expect(dialog).to_contain_text("Company handbook")
    expect(dialog.get_by_text("Keep them")).to_be_focused()
    assert_accessible(page)

    dialog.get_by_role("button", name="Delete 2 datasets").click()

    expect(page.locator("#toasts")).to_contain_text("2 datasets deleted")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert {dataset.name for dataset in ragflow.datasets.walk()} == {HOSTILE, "x" * 128}
    expect(page).to_have_url(re.compile(r"\?sort=name"))


def test_a_chunk_is_opened_by_its_address_and_in_view(
    page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    url = server.url("chunks:list", document.dataset_id, document.id)
    near = ragflow.chunks.list(document, page=1, page_size=25).items[20]
    far = ragflow.chunks.list(document, page=2, page_size=50).items[3]

    page.goto(f"{url}?chunk={near.id}")
    expect(page.locator(f"#chunk-{near.id}")).to_be_in_viewport()
    page.goto(f"{url}?chunk={far.id}")
    expect(page.locator(f"#chunk-{far.id}")).to_be_in_viewport()
    expect(page.locator(f"#chunk-{far.id}")).to_contain_text("topic053")


def test_searching_chunks_and_turning_pages_replaces_only_them(page: Page, server: Server, document: Document) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_label("Search 60 chunks").press_sequentially("topic042")
    expect(page.locator(".ra-chunk")).to_have_count(1)
    expect(page.locator("mark")).to_have_text("topic042")
    expect(page.locator("#chunks")).to_have_count(1)
    page.get_by_label("Search 60 chunks").fill("")
    expect(page.locator(".ra-chunk")).to_have_count(25)

    page.get_by_label("Next page").click()

    expect(page.get_by_text("26 to 50 of 60")).to_be_visible()
    expect(page).to_have_url(re.compile(r"page=2"))


def test_metadata_comes_when_it_is_unfolded(page: Page, server: Server, document: Document, ragflow: RAGFlow) -> None:
    ragflow.documents.update(document, meta_fields={"author": "Ada"})
    page.goto(server.url("chunks:list", document.dataset_id, document.id))

    page.get_by_text("Metadata", exact=True).click()

    expect(page.locator("#metadata")).to_contain_text("Ada")


@pytest.mark.thorough
def test_pages_with_nothing_found_are_accessible(
    page: Page, server: Server, datasets: None, document: Document
) -> None:
    for address in (
        f"{server.url('datasets:list')}?q=nothing",
        server.url("chunks:list", document.dataset_id, "0" * 32),
    ):
        page.goto(address)
        assert_accessible(page, LOOKS)


def test_a_dataset_is_made_without_script(new_page: NewPage, administrator: User, server: Server) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(server.url("datasets:create"))
    page.get_by_label("Name", exact=True).fill("Handbook")
    page.get_by_role("radio", name="One Whole document").check()
    page.get_by_role("button", name="Show the settings of this method").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Handbook")
    expect(page.get_by_label("Chunk size", exact=True)).to_have_count(0)
    page.get_by_label("Keywords per chunk", exact=True).fill("99")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_text("Enter a whole number from 0 to 32.")).to_be_visible()
    page.get_by_label("Keywords per chunk", exact=True).fill("9")
    page.get_by_role("button", name="Create dataset").click()
    expect(page).to_have_url(re.compile(r"/documents/$"))
