"""The playground in Chromium: code that follows the form, an answer that streams in, errors that lose nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.browser


def test_a_request_is_written_shown_as_code_and_sent(page: Page, server: Server, ragflow: RAGFlow) -> None:
    assistant = assistant_on(ragflow, parsed_dataset(ragflow))
    page.goto(server.url("playground:assistant", assistant.id))
    page.get_by_label("Text of message 1").fill("So it is.")
    page.get_by_label("Role of message 1").select_option("assistant")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("alert").first).to_contain_text("The last message must be from the user.")
    expect(page.get_by_label("Text of message 1")).to_have_value("So it is.")
    page.get_by_role("button", name="Add message").click()
    page.get_by_label("Text of message 2").fill("How long is parental leave?")
    expect(page.locator("#python")).to_contain_text('"content": "How long is parental leave?"')
    page.get_by_label("Model").press("Enter")
    result = page.get_by_role("region", name="Answer", exact=True)
    expect(result.get_by_text("Complete")).to_be_visible()
    expect(result.locator("#raw")).to_contain_text("data: [DONE]")
    expect(result.get_by_role("heading", name="References")).to_be_visible()
    expect(page.locator("#python")).to_contain_text("How long is parental leave?")
    assert_accessible(page, LOOKS)
