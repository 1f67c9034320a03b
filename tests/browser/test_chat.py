"""The chat in a real browser, against the dashboard as it runs in production."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.assistants.conftest import World
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.processes.chat_web import Person, Web
from tests.support.processes.waiting import wait_until
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.browser
QUESTION = "How many months of parental leave may each parent take?"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def running(standin_process: StandinProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The dashboard, the stand-in behind it, and an assistant that has read a policy."""
    standin_process.reset()
    key = standin_process.new_key()
    ragflow = RAGFlow(standin_process.base_url, key)
    assistant = assistant_on(ragflow, parsed_dataset(ragflow), "Handbook assistant")
    var_dir: Path = tmp_path_factory.mktemp("web")
    with Web(var_dir, standin_process.base_url, key) as web:
        yield World(web, standin_process, ragflow, assistant, key)


@pytest.fixture(scope="module")
def signed_in(running: World) -> Person:
    return running.web.person()


@pytest.fixture
def world(running: World, standin: StandinProcess) -> Iterator[World]:
    standin.answering(0.005)
    yield running
    standin.answering(0.005)


@pytest.fixture
def open_page(browser: Browser, world: World, signed_in: Person) -> Iterator[Open]:
    """Opens an address, signed in; at the end no page may have had a script error or a CSP violation."""
    contexts, problems = [], []

    def make(path: str, *, width: int = 1440, height: int = 900, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=world.web.address,
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        cookie = signed_in.http.cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": world.web.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(message.text, page, problems))
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def _note(text: str, page: Page, problems: list[str]) -> None:
    # axe measures with inline styles, which our policy rightly refuses
    if "Content Security Policy" in text and not getattr(page, "_audited", False):
        problems.append(f"{page.url}: {text}")


def ask(page: Page, question: str = QUESTION) -> None:
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")


def begins(page: Page, number: int = 1) -> None:
    """Waits for the answer's first words. (That nothing waits any more would hold before there is an answer, too.)"""
    expect(page.locator(f"#answer-{number} [data-open]")).not_to_be_empty()


def answered(page: Page, number: int = 1) -> None:
    expect(page.locator(f"#answer-{number}[aria-busy]")).to_have_count(0)
    expect(page.locator(f"#answer-{number} .ra-a-foot")).to_be_visible()


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


def test_renaming_and_deleting_a_session_in_place(world: World, open_page: Open) -> None:
    session = world.session("Old name")
    page = open_page(world.path(session))
    page.locator("#chat summary").click()
    page.get_by_role("link", name="Rename").click()
    name = page.get_by_label("Session name")
    expect(name).to_be_focused()
    name.fill("New name")
    name.press("Enter")
    expect(page.locator("#session-title h2")).to_have_text("New name")
    expect(page.locator("#sessions [aria-current=page]")).to_contain_text("New name")
    page.locator("#chat summary").click()
    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("New name")
    dialog.get_by_role("button", name="Delete session").click()
    expect(page).to_have_url(re.compile(rf"/{world.assistant.id}/$"))
    assert session.id not in [one.id for one in world.ragflow.sessions.list(session.assistant_id)]


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


def test_sessions_shown_are_searched_by_name(world: World, open_page: Open) -> None:
    wanted, other = world.session("Bicycle leasing für alle"), world.session("Overtime")
    page = open_page(world.path(wanted))
    for typed in ("bicycle", "f\u00fcr", "fu\u0308r"):  # a letter with dots in either Unicode form
        page.get_by_label("Search sessions").fill(typed)
        expect(page.locator(f"#session-name-{wanted.id}")).to_be_visible()
        expect(page.locator(f"#session-name-{other.id}")).to_be_hidden()
        page.get_by_label("Search sessions").fill("nothing at all")
        expect(page.locator(f"#session-name-{wanted.id}")).to_be_hidden()


def test_on_a_phone_sessions_and_sources_are_sheets(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()), width=390, height=844)
    expect(page.locator("#sessions")).to_be_hidden()
    ask(page)
    answered(page)
    page.locator("#answer-1 a.ra-cite").first.click()
    expect(page.locator("#sources")).to_be_visible()
    expect(page.locator("#source-1")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#sources")).to_be_hidden()
    page.get_by_role("link", name="Sessions").click()
    expect(page.locator("#sessions")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Close sessions").click()
    expect(page.locator("#sessions")).to_be_hidden()


def test_the_pages_of_assistants_are_accessible(world: World, open_page: Open) -> None:
    page = open_page(world.web.base)
    assert_accessible(page, LOOKS)
    page.goto(f"{world.web.base}new/")
    assert_accessible(page, LOOKS)
    page.get_by_role("button", name="Create assistant").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert_accessible(page, LOOKS)
    world.standin.fault("think", path="/completions", times=1)
    page.goto(world.path(world.session()))
    assert_accessible(page, LOOKS)
    ask(page)
    answered(page)
    assert_accessible(page, LOOKS)
    world.standin.fault("stall", path="/completions", after=2, seconds=60, times=1)
    ask(page, "What may a hotel cost?")
    begins(page, 2)
    assert_accessible(page, LOOKS)
    page.get_by_role("button", name="Stop").click()
    answered(page, 2)
    assert_accessible(page, LOOKS)
