"""Chunks changed in Chromium: tags, the form on a phone, and all that match switched off at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from tests.browser.chunks.conftest import address
from tests.browser.conftest import NewPage, assert_accessible

pytestmark = pytest.mark.browser


def test_tags_are_written_removed_and_saved(page: Page, server: Server, text: Document, ragflow: RAGFlow) -> None:
    page.goto(server.url("chunks:list", text.dataset_id, text.id))
    page.get_by_role("link", name="Edit this chunk").first.click()
    keywords = page.get_by_role("textbox", name="Keywords")
    keywords.click()
    page.keyboard.type("leave")
    page.keyboard.press("Enter")
    page.keyboard.type("notice period,")
    page.keyboard.type("leave")
    page.keyboard.press("Enter")
    box = page.get_by_role("list", name="Keywords")
    expect(box.get_by_role("listitem")).to_have_text(["leave", "notice period"])
    keywords.evaluate(
        """input => {
          const data = new DataTransfer();
          data.setData("text", "seven weeks, HR desk\\nform");
          input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(box.get_by_role("listitem")).to_have_text(["leave", "notice period", "seven weeks", "HR desk", "form"])
    page.keyboard.press("Backspace")
    page.get_by_role("button", name="Remove notice period").click()
    expect(page.get_by_role("button", name="Remove seven weeks")).to_be_focused()
    expect(box.get_by_role("listitem")).to_have_text(["leave", "seven weeks", "HR desk"])
    assert_accessible(page)

    page.get_by_role("textbox", name="Questions it answers").fill("How long, and since when?")
    page.keyboard.press("Control+s")

    card = page.get_by_role("article", name="Chunk 1", exact=True)
    expect(card).to_contain_text("How long, and since when?")
    saved = ragflow.chunks.list(text).items[0]
    assert saved.important_keywords == ("leave", "seven weeks", "HR desk")
    assert saved.questions == ("How long, and since when?",)


def test_on_a_phone_the_sheet_leaves_room_for_who_writes(
    new_page: NewPage, administrator: User, server: Server, text: Document
) -> None:
    page = new_page(administrator, width=390, height=844)
    page.goto(address(server, text))
    sheet = page.get_by_role("complementary", name="Source")
    expect(sheet.locator("mark")).to_be_in_viewport()
    page.get_by_role("link", name="Edit this chunk").nth(20).click()
    field = page.get_by_role("textbox", name="Text", exact=True)
    expect(field).to_be_focused()
    expect(sheet.locator("[data-view]")).not_to_be_in_viewport()
    page.get_by_role("textbox", name="Questions it answers").click()
    box = page.get_by_role("textbox", name="Questions it answers").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844 - 52
    page.get_by_role("link", name="Cancel").click()
    expect(sheet.locator("mark")).to_be_in_viewport()


def test_a_search_stays_when_only_what_is_off_is_asked_for(
    page: Page, server: Server, text: Document, ragflow: RAGFlow
) -> None:
    chunks = ragflow.chunks.list(text, page=1, page_size=30).items
    for chunk in (chunks[7], chunks[8]):
        ragflow.chunks.update(chunk, available=False)
    page.goto(address(server, text))
    page.get_by_role("searchbox").fill("007 own")
    expect(page.get_by_text("best first")).to_be_visible()
    page.get_by_role("group", name="Show").get_by_role("button", name="Off").click()
    expect(page.get_by_role("searchbox")).to_have_value("007 own")
    expect(page.get_by_role("article")).to_have_count(2)
    assert "source=1" in page.url
    page.get_by_role("group", name="Show").get_by_role("button", name="All").click()
    expect(page.get_by_role("article")).to_have_count(25)


def test_all_that_match_are_switched_off_in_the_background(page: Page, server: Server, text: Document) -> None:
    page.goto(server.url("chunks:list", text.dataset_id, text.id))
    page.get_by_label("Select page").check()
    page.get_by_label("Select all 400 that match").check()
    bar = page.get_by_role("form", name="Actions for the selected chunks")
    expect(bar).to_contain_text("400 selected")
    assert_accessible(page)
    bar.get_by_role("button", name="Off").click()
    dialog = page.get_by_role("dialog", name="Turn off all 400 matching chunks?")
    dialog.get_by_role("button", name="Turn off 400 chunks").click()
    expect(page.get_by_role("heading", name="Turn chunks off")).to_be_visible()
    expect(page.get_by_text("of 400 turned off")).to_be_visible()
