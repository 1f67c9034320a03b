"""The settings of an assistant in Chromium: presets, variables, Try it, saving."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server, Trial
from dashboard.ragflow import RAGFlow
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.browser


def test_settings_are_tried_and_saved(page: Page, server: Server, ragflow: RAGFlow) -> None:
    assistant = assistant_on(ragflow, parsed_dataset(ragflow), "<img src=x onerror=alert(1)>")
    page.goto(server.url("assistants:list"))
    page.locator('summary[aria-label^="Actions for"]').click()
    page.get_by_role("link", name="Settings", exact=True).click()

    page.get_by_text("Creative", exact=True).click()
    page.get_by_text("Values of the style").click()
    expect(page.get_by_label("Temperature", exact=True)).to_have_value("0.8")
    page.get_by_label("Temperature", exact=True).fill("0.7")
    expect(page.get_by_role("radio", name="Own values")).to_be_checked()
    page.get_by_label("System prompt").fill("On {tone}: {knowledge}")
    names = page.get_by_label("Name of the variable")
    names.nth(1).fill("tone")
    expect(names).to_have_count(3)
    names.nth(1).blur()
    names.nth(1).fill("mood")
    names.nth(1).blur()
    expect(page.get_by_label("System prompt")).to_have_value("On {mood}: {knowledge}")
    page.get_by_label("Metadata filter").select_option("manual")
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    page.get_by_label("Metadata filter").select_option("")

    page.get_by_label("Question", exact=True).fill("How much may a hotel in Zurich cost?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#trial-answer")).to_contain_text("180 francs")
    expect(page.get_by_text("unsaved changes")).to_be_visible()
    assert [one.id for one in ragflow.chats.list()] == [assistant.id]
    assert not Trial.objects.exists()
    assert_accessible(page, LOOKS)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Assistant saved")).to_be_visible()
    now = ragflow.chats.get(assistant.id)
    assert (now.llm["temperature"], now.llm["top_p"]) == (0.7, 0.9)
    assert [one["key"] for one in now.prompt["variables"]] == ["knowledge", "mood"]
    assert now.dataset_ids == assistant.dataset_ids
