"""Confirmations, toasts, rows and other components in a real browser, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage

pytestmark = pytest.mark.browser


def test_a_confirm_starts_on_keep_them_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/style-guide/")
    page.click("#confirm-3")
    dialog = page.get_by_role("dialog", name="Delete 3 documents?")
    expect(dialog).to_contain_text("document-3.pdf")
    expect(dialog.get_by_role("link", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("#confirm-3")).to_be_focused()


def test_more_than_twenty_things_ask_for_the_name(page: Page) -> None:
    page.goto("/style-guide/")
    page.click("#confirm-214")
    dialog = page.get_by_role("dialog")
    delete = dialog.get_by_role("button", name="Delete 214 documents")
    expect(dialog).to_contain_text("and 211 more")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Type Company handbook to confirm").fill("Company hand")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Type Company handbook to confirm").fill("Company handbook")
    delete.click()
    expect(page.locator(".ra-toast")).to_contain_text("214 documents deleted")
    expect(dialog).to_have_count(0)


def test_without_script_a_confirm_is_a_page_that_asks_the_same(new_page: NewPage, administrator: User) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto("/style-guide/")
    page.click("#confirm-214")
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 214 documents?")
    page.get_by_label("Type Company handbook to confirm").fill("something else")
    page.get_by_role("button", name="Delete 214 documents").click()
    expect(page.get_by_role("alert")).to_contain_text("Type the name")
    page.get_by_label("Type Company handbook to confirm").fill("Company handbook")
    page.get_by_role("button", name="Delete 214 documents").click()
    expect(page.locator(".ra-toast")).to_contain_text("214 documents deleted")


def test_good_news_goes_by_itself_and_errors_stay(page: Page) -> None:
    page.clock.install()
    page.goto("/style-guide/")
    page.click("#say-ok")
    page.click("#say-bad")
    expect(page.locator(".ra-toast")).to_have_count(2)
    page.mouse.move(5, 5)
    page.clock.run_for(6_000)
    expect(page.locator(".ra-toast")).to_have_count(1)
    expect(page.get_by_role("alert").filter(has_text="12 documents")).to_be_visible()
    page.get_by_role("button", name="Dismiss: Parsing 12 documents").click()
    expect(page.locator(".ra-toast")).to_have_count(0)


def test_the_same_error_is_said_once_until_it_is_closed(page: Page) -> None:
    page.goto("/style-guide/")
    for _ in range(3):
        with page.expect_response("**/toast/bad/"):
            page.click("#say-bad")
    page.click("#say-ok")
    expect(page.locator(".ra-toast")).to_have_count(2)
    page.get_by_role("alert").get_by_role("button").click()
    page.click("#say-bad")
    expect(page.locator(".ra-toast[data-stay]")).to_have_count(1)


def test_a_toast_waits_while_the_pointer_is_on_it(page: Page) -> None:
    page.clock.install()
    page.goto("/style-guide/")
    page.click("#say-ok")
    page.locator(".ra-toast").hover()
    page.clock.run_for(20_000)
    expect(page.locator(".ra-toast")).to_have_count(1)
    page.mouse.move(5, 5)
    page.clock.run_for(6_000)
    expect(page.locator(".ra-toast")).to_have_count(0)


def test_when_the_dashboard_is_gone_a_toast_says_so(page: Page) -> None:
    page.goto("/style-guide/")
    page.route("**/style-guide/toast/**", lambda route: route.abort())
    page.click("#say-ok")
    expect(page.get_by_role("alert").filter(has_text="Can't reach the dashboard")).to_be_visible()


def test_an_error_answer_to_htmx_becomes_a_toast_and_leaves_the_page(page: Page) -> None:
    page.goto("/style-guide/")
    page.route("**/style-guide/toast/**", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"))
    page.click("#say-ok")
    expect(page.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Style guide")


def test_rows_are_selected_by_mouse_and_by_keyboard(page: Page) -> None:
    page.goto("/style-guide/")
    bar = page.locator("#bulk")
    boxes = page.locator("input[data-select-row]")
    expect(bar).not_to_be_visible()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    page.get_by_role("button", name="Clear selection").click()
    expect(bar).not_to_be_visible()
    page.get_by_label("Select all on this page").click()
    expect(bar).to_contain_text("8 selected")
    page.get_by_label("Select all on this page").click()

    page.get_by_role("link", name="employee-handbook-2026.pdf").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="occupational-safety-manual.pdf")).to_be_focused()
    page.keyboard.press("Space")
    expect(bar).to_contain_text("1 selected")
    expect(page.locator("#row-1")).to_have_class("is-selected")


def test_only_one_menu_is_open_and_escape_closes_it(page: Page) -> None:
    page.goto("/style-guide/")
    menus = page.locator("table details")
    menus.nth(0).locator("summary").click()
    menus.nth(6).locator("summary").click()
    expect(page.locator("details.ra-pop[open]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(menus.nth(6).get_by_role("button", name="Parse")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details.ra-pop[open]")).to_have_count(0)
    expect(menus.nth(6).locator("summary")).to_be_focused()


def test_slider_number_and_reset_are_one_value(page: Page) -> None:
    page.goto("/style-guide/")
    number = page.get_by_label("Chunk size", exact=True).first
    slider = page.get_by_label("Chunk size, slider")
    reset = page.get_by_role("button", name="Reset Chunk size to 512")
    expect(reset).to_be_disabled()
    slider.fill("1024")
    expect(number).to_have_value("1024")
    reset.click()
    expect(slider).to_have_value("512")
    expect(number).to_be_focused()


def test_a_row_that_is_replaced_keeps_its_tick_its_open_menu_and_the_focus(page: Page) -> None:
    page.goto("/style-guide/")
    row = page.locator("#row-1")
    row.locator("input[data-select-row]").click()
    row.locator("summary").click()
    replaced = row.evaluate(
        """row => { const copy = row.cloneNode(true);
          copy.setAttribute("hx-swap-oob", "true"); copy.classList.remove("is-selected");
          copy.querySelector("details").removeAttribute("open");
          copy.querySelector(".ra-status-note").textContent = "moved on"; return copy.outerHTML }"""
    )
    page.route("**/style-guide/toast/ok/", lambda route: route.fulfill(content_type="text/html", body=replaced))
    row.locator("summary").focus()
    page.evaluate("htmx.ajax('POST', '/style-guide/toast/ok/', {swap: 'none'})")
    expect(row).to_contain_text("moved on")
    expect(row.locator("input[data-select-row]")).to_be_checked()
    expect(row).to_have_class("is-selected")
    expect(row.locator("details")).to_have_attribute("open", "")
    expect(row.locator("summary")).to_be_focused()
    expect(page.locator("#bulk")).to_contain_text("1 selected")


def test_the_list_sorts_without_loading_the_page_and_back_works(page: Page) -> None:
    page.goto("/style-guide/")
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Chunks").click()
    expect(page.get_by_role("columnheader", name="Chunks")).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("?sort=-chunks")
    assert page.evaluate("window.stayed") is True
    page.go_back()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    assert page.url.endswith("/style-guide/")
