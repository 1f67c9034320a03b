"""Questions and their answers in a real browser, against the dashboard as it runs in production."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.assistants.conftest import World
from tests.browser.chat.conftest import QUESTION, Open, answered, ask, begins
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.browser


def test_a_conversation_from_the_first_question_to_the_source(world: World, open_page: Open) -> None:
    page = open_page(f"{world.web.base}{world.assistant.id}/")
    expect(page.get_by_text("Ask me about policies.")).to_be_visible()
    ask(page)
    answered(page)
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f]{32}/$"))
    expect(page.locator("#answer-1")).to_contain_text("24 months")
    expect(page.locator("#sessions [aria-current=page]")).to_contain_text(QUESTION[:40])
    expect(page.locator("#live")).to_contain_text("The answer is complete")
    # The next question stays on the page; Shift+Enter makes a line, Enter sends.
    page.get_by_label("Question", exact=True).fill("What may a hotel in Zurich cost?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("In francs.")
    expect(page.get_by_label("Question", exact=True)).to_have_value("What may a hotel in Zurich cost?\nIn francs.")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Question", exact=True)).to_have_value("")
    answered(page, 2)
    expect(page.locator("#answer-2")).to_contain_text("180 francs")
    # A citation of the first answer brings that answer's sources.
    page.locator("#answer-1 a.ra-cite").first.click()
    expect(page.locator("#sources [data-pane]")).to_have_attribute("data-pane", "1")
    card = page.locator("#source-1")
    expect(card).to_have_attribute("aria-current", "true")
    expect(card).to_contain_text("policy.txt")
    expect(page).to_have_url(re.compile(r"\?answer=1&source=1$"))
    href = card.get_by_role("link", name="Open chunk").get_attribute("href")
    assert re.search(r"/chunks/\?chunk=\w+$", href or "")
    page.get_by_role("link", name="Found").click()
    expect(page.get_by_role("link", name="Found")).to_have_attribute("aria-current", "true")
    # The URL opens the same for someone else.
    other = open_page(page.url)
    expect(other.locator("#source-1")).to_have_attribute("aria-current", "true")
    expect(other.locator("#answer-1 a.ra-cite[aria-current]").first).to_be_visible()


def test_a_copied_answer_is_markdown_without_marks(world: World, open_page: Open) -> None:
    session = world.session()
    page = open_page(world.path(session))
    ask(page)
    answered(page)
    page.get_by_role("button", name="Copy answer").click()
    expect(page.locator("#live")).to_have_text("Answer copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "24 months" in copied
    assert "[ID:" not in copied


def test_formulas_are_drawn_and_copied_as_they_were_sent(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    formula = "\\[\nx\n= \\frac{a}{b}\n\\]"
    world.standin.fault("answer", path="/completions", message=f"Mind this:\n\n{formula}\n\nכמה `-v` כמה.", times=1)
    ask(page)
    answered(page)
    drawn = page.locator("#answer-1 math mfrac")
    expect(drawn).to_be_visible()
    box = drawn.bounding_box()
    assert box
    assert box["height"] > box["width"]
    expect(page.locator("#answer-1 p").last).to_have_css("direction", "rtl")
    expect(page.locator("#answer-1 p code")).to_have_css("direction", "ltr")
    expect(page.locator("#answer-1 p").first).to_have_css("direction", "ltr")
    page.locator("#answer-1").get_by_role("button", name="Copy answer").click()
    expect(page.get_by_text("Answer copied")).to_be_visible()
    assert formula in page.evaluate("navigator.clipboard.readText()")


def test_the_page_says_that_an_answer_was_lost_when_the_web_server_was_killed(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    world.standin.fault("stall", path="/completions", after=2, seconds=60, times=1)
    ask(page)
    begins(page)
    world.web.kill()
    expect(page.get_by_text("This answer was lost.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Ask again").click()
    answered(page, 1)
    expect(page.locator("#answer-1")).to_contain_text("24 months")


def test_a_model_that_fails_in_mid_answer_offers_to_ask_again(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    world.standin.fault("error_midway", path="/completions", times=1)
    ask(page)
    answered(page)
    expect(page.locator("#answer-1")).to_contain_text("The model failed here, so the answer is incomplete.")
    page.locator("#answer-1").get_by_role("button", name="Ask again").click()
    answered(page, 2)
    expect(page.locator("#answer-2 .ra-a-note")).to_have_count(0)
    expect(page.locator("#session-list [aria-current=page]")).to_contain_text("2 questions")


def test_escape_stops_and_says_what_that_means(world: World, open_page: Open) -> None:
    world.standin.fault("stall", path="/completions", after=2, seconds=60, times=1)
    session = world.session()
    page = open_page(world.path(session))
    ask(page)
    begins(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#answer-1")).to_contain_text("save stopped answers")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    # Asked again, the stopped turn makes room and the answer comes.
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#answer-1")).to_have_count(1)
    expect(page.locator("#answer-1")).to_contain_text("24 months")
    answered(page)
    wait_until(lambda: len(world.stored(session).messages) == 3, what="the turn is stored")


def test_a_reload_in_mid_answer_goes_on_where_it_was(world: World, open_page: Open) -> None:
    world.standin.answering(0.7)
    session = world.session()
    page = open_page(world.path(session))
    ask(page)
    begins(page)
    page.reload()
    expect(page.locator(".ra-q")).to_contain_text(QUESTION)
    answered(page)
    expect(page.locator("#answer-1")).to_contain_text("24 months")
    assert len(world.stored(session).messages) == 3


def test_thinking_is_folded_and_opens(world: World, open_page: Open) -> None:
    world.standin.fault("think", path="/completions", times=1)
    page = open_page(world.path(world.session()))
    ask(page)
    answered(page)
    thoughts = page.locator("#answer-1 .ra-think-text")
    expect(thoughts).to_be_hidden()
    page.locator("#answer-1 .ra-think summary").click()
    expect(thoughts).to_be_visible()


def test_an_empty_question_is_not_sent(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    ask(page, "   ")
    expect(page.get_by_role("alert")).to_contain_text("Enter a question.")
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    ask(page)
    answered(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_question_stays_in_its_field_when_ragflow_does_not_answer(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    world.standin.fault("error500")
    page.get_by_label("Question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="RAGFlow failed")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value(QUESTION)
    world.standin.clear_faults()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article", name=re.compile("Answer 1"))).to_contain_text("24 months")
    expect(page.get_by_label("Question")).to_have_value("")
