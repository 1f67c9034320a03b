"""Chunks in Chromium: readable in both themes and widths, changed by keyboard, nothing typed lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.journal import edits
from dashboard.models import ParsedDocument, ParseRun, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser


def contents(ragflow: RAGFlow, document: Document) -> list[str]:
    return [chunk.content for chunk in ragflow.chunks.list(document).items]


@pytest.mark.thorough
def test_reading_and_editing_are_accessible(page: Page, server: Server, document: Document) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="Edit this chunk").nth(1).click()
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_be_focused()
    page.get_by_role("checkbox", name="Select chunk 1").check()
    expect(page.get_by_role("button", name="Clear selection")).to_be_visible()
    assert_accessible(page, LOOKS)


@pytest.mark.thorough
def test_splitting_and_the_journal_are_accessible(
    page: Page, administrator: User, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    first, second, _ = ragflow.chunks.list(document).items
    edits.note(server, administrator, replace(first, content="As it was " + "z" * 200), first)
    run = ParseRun.objects.create(server=server, dataset_id=document.dataset_id, dataset_name="x", username="x")
    ParsedDocument.objects.create(run=run, document_id=document.id, name=document.name)
    edits.note(server, administrator, replace(second, important_keywords=()), second)
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="View edits").click()
    expect(page.get_by_role("button", name="Discard selected")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_a_chunk_is_split_at_the_cursor_and_that_is_undone(
    page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    before = contents(ragflow, document)
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="Edit this chunk").first.click()
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_be_focused()
    page.keyboard.press("Control+Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Split here").click()
    expect(page.get_by_role("textbox", name="Text of the second part")).to_have_value("sentence.")
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.get_by_text("You split a chunk.")).to_be_visible()
    assert set(contents(ragflow, document)) == {"First", "sentence.", *before[1:]}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The chunks are restored.")).to_be_visible()
    assert contents(ragflow, document) == before


def test_a_chunk_is_mended_by_keyboard_alone(page: Page, server: Server, document: Document, ragflow: RAGFlow) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    expect(page.get_by_role("article", name="Chunk 2")).to_be_focused()
    page.keyboard.press("e")
    text = page.get_by_role("textbox", name="Text", exact=True)
    expect(text).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Mended, e and d and j are letters.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("article", name="Chunk 2")).to_be_focused()
    expect(page.get_by_role("article", name="Chunk 2")).to_contain_text("Mended, e and d and j are letters.")
    assert contents(ragflow, document)[1] == "Mended, e and d and j are letters."

    page.keyboard.press("d")
    expect(page.get_by_role("switch", name="Chunk 2 on")).not_to_be_checked()
    expect(page.get_by_role("article", name="Chunk 2")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_text("Disable or enable the chunk")).to_be_visible()


def test_leaving_asks_only_when_something_would_be_lost(
    page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    asked: list[str] = []
    answers = [False, False, True]

    def answer(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        dialog.accept() if answers.pop(0) else dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    text = page.get_by_role("textbox", name="Text", exact=True)
    first = page.get_by_role("article", name="Chunk 1")
    page.get_by_role("link", name="Edit this chunk").first.click()
    expect(text).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    assert asked == []

    page.keyboard.press("e")
    expect(text).to_be_focused()
    page.keyboard.type("Typed. ")
    page.keyboard.press("Escape")
    expect(text).to_have_value("Typed. First sentence.")
    with page.expect_event("dialog"):
        page.get_by_role("searchbox").fill("second")
    expect(text).to_have_value("Typed. First sentence.")
    text.focus()
    page.keyboard.press("Escape")
    expect(first).to_contain_text("First sentence.")
    assert len(asked) == 3
    assert contents(ragflow, document)[0] == "First sentence."


def test_several_chunks_are_switched_and_deleted_from_the_bar(
    page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_label("Select page").check()
    bar = page.get_by_role("form", name="Actions for the selected chunks")
    bar.get_by_role("button", name="Off").click()
    expect(page.get_by_role("switch", checked=False)).to_have_count(3)
    bar.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 3 chunks").click()
    expect(page.get_by_text("Deleted 3 chunks")).to_be_visible()
    assert contents(ragflow, document) == []


@pytest.mark.parametrize("letter", ["ب", "ก"])
def test_a_chunk_without_a_break_is_drawn_in_time(
    letter: str, page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    made = ragflow.chunks.add(document, letter * 100_000)
    page.goto(server.url("chunks:list", document.dataset_id, document.id) + f"?chunk={made.id}")
    text = page.locator(f"#chunk-{made.id} .ra-chunk-text")
    expect(text).to_be_visible()

    took = text.evaluate(
        """element => {
          const begun = performance.now();
          element.style.width = "400px";
          element.getBoundingClientRect();
          return performance.now() - begun;
        }"""
    )

    assert took < 4_000  # in one run it took 5 s on a quick machine and grew with the square


def test_the_rest_of_a_long_chunk_comes_when_asked_for(
    page: Page, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    made = ragflow.chunks.add(document, "Some words of it. " * 1_000 + "The end.")
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    card = page.locator(f"#chunk-{made.id}")
    expect(card).not_to_contain_text("The end.")

    card.get_by_role("link", name="Show all 18,008 characters").click()

    expect(card).to_contain_text("The end.")
    expect(card).to_be_focused()


def test_everything_works_without_script(
    new_page: NewPage, administrator: User, server: Server, document: Document, ragflow: RAGFlow
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="Edit this chunk").first.click()
    page.get_by_role("textbox", name="Text", exact=True).fill("Changed without script.")
    page.get_by_role("button", name="Save chunk").click()
    expect(page.get_by_role("article", name="Chunk 1")).to_contain_text("Changed without script.")
    page.get_by_role("switch", name="Chunk 1 on").click()
    expect(page.get_by_role("switch", name="Chunk 1 on")).not_to_be_checked()
    page.get_by_role("checkbox", name="Select chunk 2").check()
    page.get_by_role("form", name="Actions for the selected chunks").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 1 chunk").click()
    expect(page.get_by_text("Deleted 1 chunk")).to_be_visible()
    assert [content[:7] for content in contents(ragflow, document)] == ["Changed", "Third <"]
