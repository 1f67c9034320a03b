"""The documents page in Chromium: files come in, rows move, the keyboard is enough."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.browser.browsing import DROP, poll, row
from tests.support.processes.waiting import wait_until
from tests.support.processes.worker import work

pytestmark = pytest.mark.browser


def test_dropped_and_picked_files_are_stored_and_the_list_appears(
    page: Page, url: str, tmp_path: Path, ragflow: RAGFlow, dataset: Dataset
) -> None:
    page.goto(url)
    page.evaluate(DROP, ["dropped.txt", "Some text to find."])
    expect(row(page, "dropped.txt")).to_be_visible()
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "inner.md").write_text("# Inside a folder")
    page.set_input_files("#upload-folder", folder)
    expect(row(page, "inner.md")).to_be_visible()
    expect(page.get_by_role("heading", name="2 uploaded")).to_be_visible()
    assert {document.run for document in ragflow.documents.list(dataset.id)}.isdisjoint({"UNSTART"})


def test_without_the_switch_nothing_is_parsed(page: Page, url: str, ragflow: RAGFlow, dataset: Dataset) -> None:
    page.goto(url)
    page.locator("#empty").get_by_label("Parse when uploaded").uncheck()
    page.evaluate(DROP, ["quiet.txt", "Some text to find."])
    expect(row(page, "quiet.txt")).to_contain_text("Not parsed")
    assert [document.run for document in ragflow.documents.list(dataset.id)] == ["UNSTART"]


def test_a_failed_upload_stays_with_its_reason_and_retry_sends_it_again(
    page: Page, url: str, standin: StandinProcess
) -> None:
    standin.fault("drop", method="POST", path="/documents$", times=1)
    page.goto(url)
    page.evaluate(DROP, ["report.txt", "Some text to find."])
    item = page.locator(".ra-upload-item", has_text="report.txt")
    expect(item).to_contain_text("was not stored")
    item.get_by_role("button", name="Retry report.txt").click()
    expect(row(page, "report.txt")).to_be_visible()


def test_what_ragflow_does_not_take_is_said_before_anything_is_sent(
    page: Page, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")
    standin.reset_requests()
    page.evaluate(DROP, ["virus.exe", "MZ"])
    page.evaluate(DROP, ["empty.txt", ""])
    page.evaluate(DROP, ["blank.txt ", "Some text to find."])
    expect(page.locator(".ra-upload-item", has_text="virus.exe")).to_contain_text("does not accept .exe")
    expect(page.locator(".ra-upload-item", has_text="empty.txt")).to_contain_text("is empty")
    blank = page.locator(".ra-upload-item", has_text="blank.txt")
    expect(blank).to_contain_text("The name ends in a space or an invisible character after “.txt”")
    assert [r for r in standin.requests(tenant_key) if r["method"] != "GET"] == []


def test_a_name_that_is_markup_stays_text_everywhere(page: Page, url: str) -> None:
    page.goto(url)
    name = "<img src=x onerror=document.title='hit'>.txt"
    page.evaluate(DROP, [name, "Some text to find."])
    expect(row(page, name)).to_be_visible()
    expect(page.locator(".ra-upload-item")).to_contain_text(name)
    row(page, name).locator("summary").click()
    row(page, name).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    assert page.title() != "hit"


def test_rows_move_without_loading_the_page(
    page: Page, url: str, stored: Callable[[str], Document], standin: StandinProcess, ragflow: RAGFlow
) -> None:
    standin.parsing(paused=True)
    document = stored("moving.txt")
    page.goto(url)
    page.evaluate("window.same = true")
    row(page, "moving.txt").locator("summary").click()
    row(page, "moving.txt").get_by_role("button", name="Parse").click()
    expect(row(page, "moving.txt")).to_contain_text("Parsing")
    poll()
    standin.parsing(paused=False, speed=50)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "DONE")
    poll()
    expect(row(page, "moving.txt")).to_contain_text("Parsed")
    expect(page.locator("#progress-sentence")).to_contain_text("1 of 1 parsed")
    expect(page.locator("#chip-parsed")).to_contain_text("1")
    assert page.evaluate("window.same") is True


def test_a_document_that_somebody_else_starts_begins_to_move(
    page: Page, url: str, stored: Callable[[str], Document], standin: StandinProcess, ragflow: RAGFlow
) -> None:
    standin.parsing(paused=True)
    document = stored("elsewhere.txt")
    page.goto(url)
    expect(row(page, "elsewhere.txt")).to_contain_text("Not parsed")
    ragflow.documents.parse(document)
    poll()
    expect(row(page, "elsewhere.txt")).to_contain_text("Parsing", timeout=20_000)
    expect(page).to_have_title(re.compile("0 of 1"))


def test_rows_are_selected_and_deleted_by_keyboard_alone(
    page: Page, url: str, stored: Callable[[str], Document], ragflow: RAGFlow, dataset: Dataset
) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        stored(name)
    page.goto(f"{url}?sort=name")
    row(page, "a.txt").get_by_role("link", name="a.txt", exact=True).focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    bulk = page.locator("#bulk")
    expect(bulk).to_contain_text("2 selected")
    bulk.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 documents?")
    expect(dialog.get_by_role("link", name="Keep them")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts > [id^=job-]")).to_contain_text("0 of 2 deleted")
    expect(dialog).to_have_count(0)
    work()
    expect(page.locator("#table tbody tr")).to_have_count(1)
    expect(dialog).to_be_hidden()
    assert [document.name for document in ragflow.documents.list(dataset.id)] == ["c.txt"]


def test_keeping_a_document_gives_the_focus_back_to_its_menu(
    page: Page, url: str, stored: Callable[[str], Document], ragflow: RAGFlow, dataset: Dataset
) -> None:
    stored("a.txt")
    page.goto(url)
    menu = row(page, "a.txt").locator("summary")
    menu.focus()
    page.keyboard.press("Enter")
    row(page, "a.txt").get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Delete this document?")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    assert ragflow.documents.list(dataset.id).total == 1


def test_when_the_last_document_goes_the_drop_zone_is_back(
    page: Page, url: str, stored: Callable[[str], Document]
) -> None:
    stored("a.txt")
    page.goto(url)
    row(page, "a.txt").locator("summary").click()
    row(page, "a.txt").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 1 document").click()
    expect(page.get_by_role("heading", name="Drop files or folders here")).to_be_visible()


def test_filter_search_and_order_are_in_the_address(page: Page, url: str, stored: Callable[[str], Document]) -> None:
    for name in ("report.txt", "other.txt"):
        stored(name)
    page.goto(url)
    page.get_by_role("searchbox").fill("report")
    expect(page.locator("#table tbody tr")).to_have_count(1)
    page.locator("#chip-not-parsed").click()
    expect(page).to_have_url(re.compile(r"status=not-parsed.*q=report|q=report.*status=not-parsed"))
    page.reload()
    expect(page.locator("#table tbody tr")).to_have_count(1)
    # Two steps at once: each reloads the page, and a second one would interrupt the first.
    page.evaluate("history.go(-2)")
    expect(page.locator("#table tbody tr")).to_have_count(2)


def test_the_log_opens_beside_the_table(page: Page, url: str, stored: Callable[[str], Document]) -> None:
    stored("a.txt")
    page.goto(url)
    row(page, "a.txt").get_by_role("link", name=re.compile("log of a.txt")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("The log is empty until the document is parsed")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


@pytest.mark.thorough
def test_every_state_of_the_page_is_accessible(
    page: Page, url: str, stored: Callable[[str], Document], ragflow: RAGFlow, standin: StandinProcess
) -> None:
    page.goto(url)
    assert_accessible(page, LOOKS)
    done, running = stored("done.txt"), stored("running.txt")
    stored("waiting.md")
    ragflow.documents.parse(done)
    wait_until(lambda: ragflow.documents.get(done.dataset_id, done.id).run == "DONE")
    standin.parsing(paused=True)
    ragflow.documents.parse(running)
    page.goto(url)
    page.evaluate(DROP, ["virus.exe", "MZ"])
    page.evaluate(DROP, ["fine.txt", "Some text to find."])
    expect(row(page, "fine.txt")).to_be_visible()
    row(page, "waiting.md").get_by_role("checkbox").check()
    assert_accessible(page, LOOKS)
    row(page, "running.txt").get_by_role("link", name=re.compile("log of")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_a_menu_is_fetched_once_and_walked_by_keyboard(page: Page, url: str, stored: Callable[[str], Document]) -> None:
    stored("a.txt")
    page.goto(url)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/actions/" in request.url else None)
    menu = row(page, "a.txt").locator("summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(row(page, "a.txt").get_by_role("button", name="Parse")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(row(page, "a.txt").get_by_role("button", name="Parse")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row(page, "a.txt").get_by_role("button", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "a.txt").get_by_role("button", name="Parse")).to_be_visible()
    assert len(fetched) == 1


def test_a_menu_that_cannot_be_fetched_leads_to_its_page_and_is_tried_again(
    page: Page, url: str, stored: Callable[[str], Document]
) -> None:
    stored("a.txt")
    page.goto(url)
    page.route("**/actions/", lambda route: route.abort())
    row(page, "a.txt").locator("summary").click()
    expect(page.locator("#toasts")).to_contain_text("Can't reach the dashboard")
    expect(row(page, "a.txt").get_by_role("link", name="Actions")).to_be_visible()
    page.unroute("**/actions/")
    page.keyboard.press("Escape")
    row(page, "a.txt").locator("summary").click()
    expect(row(page, "a.txt").get_by_role("button", name="Delete")).to_be_visible()


def test_an_open_menu_stays_when_its_row_moves(
    page: Page, url: str, stored: Callable[[str], Document], standin: StandinProcess, ragflow: RAGFlow
) -> None:
    standin.parsing(paused=True)
    document = stored("moving.txt")
    ragflow.documents.parse(document)
    page.goto(url)
    moving = row(page, "moving.txt")
    expect(moving).to_contain_text("Parsing")
    moving.locator("summary").click()
    moving.get_by_role("button", name="Stop").focus()
    poll()
    standin.parsing(paused=False, speed=50)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "DONE")
    poll()
    expect(moving).to_contain_text("Parsed")
    # Its document can be parsed now, and no longer stopped.
    expect(moving.get_by_role("button", name="Parse")).to_be_visible()
    expect(moving.get_by_role("button", name="Stop")).to_have_count(0)
    moving.get_by_role("button", name="Parse").click()
    expect(page.get_by_role("dialog")).to_contain_text("moving.txt")


def test_icons_are_one_file_that_the_browser_keeps(page: Page, url: str) -> None:
    page.goto(url)
    shown = page.evaluate(
        "() => [...document.querySelectorAll('.ra-i use')].map((use) => new URL(use.href.baseVal, location).pathname)"
    )
    assert len(set(shown)) == 1
    box = page.locator(".ra-nav svg.ra-i").first.evaluate(
        "(svg) => { const b = svg.getBBox(); return [b.width, b.height] }"
    )
    assert min(box) > 10, "the drawing is there"
