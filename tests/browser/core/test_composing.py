"""Keys of input methods: what takes or drops a candidate neither sends nor stops nor leaves anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document

pytestmark = pytest.mark.browser
# As Chromium and Firefox tell it; as Safari does, where the composition has ended by then; as after a composition.
COMPOSING = {"isComposing": True}
SAFARI = {"keyCode": 229}
PRESS = """([selector, key, more]) => document.querySelector(selector)
  .dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ...more}))"""
kinds = pytest.mark.parametrize("how", [COMPOSING, SAFARI], ids=["composing", "safari"])


@kinds
def test_enter_that_takes_a_candidate_sends_no_half_question(
    page: Page, server: Server, ragflow: RAGFlow, how: dict[str, object]
) -> None:
    assistant = ragflow.chats.create(name="Handbook")
    page.goto(server.url("assistants:chat", assistant.id))
    page.get_by_label("Question", exact=True).fill("ホテル")
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    page.evaluate(PRESS, ["#id_question", "Enter", how])
    page.wait_for_timeout(200)
    assert sent == []
    expect(page.get_by_label("Question", exact=True)).to_have_value("ホテル")
    page.evaluate(PRESS, ["#id_question", "Enter", {}])
    page.wait_for_url("**/sessions/*/")
    expect(page.locator("#answer-1 .ra-a-foot")).to_be_visible()


@kinds
def test_escape_that_drops_a_candidate_leaves_no_form_and_closes_no_menu(
    page: Page, server: Server, document: Document, how: dict[str, object]
) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="Edit").first.click()
    expect(page.locator("[data-chunk-editing]")).to_have_count(1)
    page.evaluate(PRESS, ["[data-chunk-editing] textarea", "Escape", how])
    page.wait_for_timeout(200)
    expect(page.locator("[data-chunk-editing]")).to_have_count(1)
    page.evaluate(PRESS, ["[data-chunk-editing] textarea", "Escape", {}])
    expect(page.locator("[data-chunk-editing]")).to_have_count(0)


@kinds
def test_no_listener_of_any_page_sees_a_key_of_a_composition(
    page: Page, server: Server, how: dict[str, object]
) -> None:
    page.goto(server.url("datasets:list"))
    page.evaluate("document.addEventListener('keydown', event => document.title += event.key, true)")
    page.evaluate(PRESS, ["body", "Enter", how])
    assert "Enter" not in page.title()
    page.evaluate(PRESS, ["body", "Enter", {}])
    assert "Enter" in page.title()
