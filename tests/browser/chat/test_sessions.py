"""The chat's sessions in a real browser, on a phone too, and whether its pages are accessible."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.assistants.conftest import World
from tests.browser.chat.conftest import Open, answered, ask, begins
from tests.browser.conftest import LOOKS, assert_accessible

pytestmark = pytest.mark.browser


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


@pytest.mark.thorough
def test_the_pages_of_assistants_are_accessible(world: World, open_page: Open) -> None:
    page = open_page(f"{world.web.base}new/")
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
