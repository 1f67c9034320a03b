"""The frame of all pages in a real browser: by mouse, by keyboard, in both themes, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser


@pytest.mark.thorough
def test_the_style_guide_and_its_dialogs_are_accessible(page: Page) -> None:
    page.goto("/style-guide/")
    assert_accessible(page, LOOKS)
    page.click("#confirm-214")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page, LOOKS)
    page.keyboard.press("Escape")
    page.click("#open-drawer")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_the_sign_in_page_is_accessible_and_says_what_is_wrong(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/sign-in/")
    assert_accessible(page, LOOKS)
    page.get_by_label("Username").fill("somebody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("somebody")
    assert_accessible(page, LOOKS)


@pytest.mark.parametrize("path", ["/no-such-page/", "/style-guide/confirm/3/"])
def test_plain_pages_are_accessible(page: Page, path: str) -> None:
    page.goto(path)
    assert_accessible(page)


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440])
def test_nothing_scrolls_sideways(new_page: NewPage, administrator: User, width: int) -> None:
    page = new_page(administrator, width=width)
    page.goto("/style-guide/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_somebody_signs_in_and_out_again(new_page: NewPage, administrator: User) -> None:
    page = new_page()
    page.goto("/style-guide/")
    page.get_by_label("Username").fill(administrator.username)
    page.get_by_label("Password", exact=True).fill("a good password 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/style-guide/")
    page.locator("summary", has_text=f"Account: {administrator.username}").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    expect(page.locator(".ra-toast")).to_contain_text("signed out")


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/style-guide/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_what_has_the_focus_shows_it(page: Page) -> None:
    page.goto("/style-guide/")
    for _stop in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] }"
        )
        assert outline == ["solid", "2px"], page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_the_theme_is_kept_and_there_before_the_first_paint(page: Page) -> None:
    page.goto("/style-guide/")
    page.get_by_role("button", name="Dark").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.route("**/js/core/app.js", lambda route: route.abort())  # only the blocking script may be needed
    page.goto("/style-guide/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark").first).to_have_attribute("aria-pressed", "true")


def test_the_theme_follows_the_system_until_somebody_chooses(new_page: NewPage, administrator: User) -> None:
    page = new_page(administrator, theme="dark")
    page.goto("/style-guide/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_sidebar_folds_to_icons_and_stays_so(page: Page) -> None:
    page.goto("/style-guide/")
    wide = page.locator("#sidebar").bounding_box()["width"]  # type: ignore[index]
    page.get_by_role("button", name="Collapse menu").click()
    page.reload()
    narrow = page.locator("#sidebar").bounding_box()["width"]  # type: ignore[index]
    assert narrow < 80 < wide
    expect(page.get_by_role("link", name="Style guide")).to_be_visible()


def test_on_a_phone_the_menu_opens_takes_the_focus_and_closes(new_page: NewPage, administrator: User) -> None:
    page = new_page(administrator, width=390, height=844)
    page.goto("/style-guide/")
    expect(page.locator("#sidebar")).not_to_be_visible()
    page.get_by_label("Open menu").click()
    expect(page.locator("#sidebar")).to_be_visible()
    expect(page.get_by_label("Close menu")).to_be_focused()
    for _stop in range(10):  # the page behind cannot be reached
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.ra-col') === null")
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).not_to_be_visible()
    expect(page.get_by_label("Open menu")).to_be_focused()


def test_keys_open_the_shortcuts_and_the_search(page: Page) -> None:
    page.goto("/style-guide/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("?")  # typed, not taken as a shortcut
    expect(page.get_by_role("searchbox")).to_have_value("?")


def test_fingers_find_targets_of_44_pixels_on_a_phone(new_page: NewPage, administrator: User) -> None:
    page = new_page(administrator, width=390, height=844, has_touch=True)
    page.goto("/style-guide/")
    small: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, a.btn, .ra-chip, .form-select, summary)")]
          .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
