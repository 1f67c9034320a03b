"""The filter bar of documents in Chromium: conditions built by keyboard, days, columns, and the stages of a log."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.support.pages.documents import PEOPLE, at
from tests.support.pages.parse_logs import BROKEN, PAGES

pytestmark = pytest.mark.browser


@pytest.fixture
def url(server: Server, standin: StandinProcess, tenant_key: str) -> str:
    standin.parsing(paused=True)
    documents: list[dict[str, Any]] = [
        {"name": name, "create_time": at(day), "meta_fields": meta} for name, day, meta in PEOPLE
    ]
    documents[0] |= {"run": "RUNNING", "progress": 0.6, "progress_msg": PAGES, "process_duration": 80.0}
    documents[1] |= {"run": "FAIL", "progress_msg": BROKEN}
    found = standin.fill(tenant_key, datasets=[{"name": "Handbook", "documents": documents}])
    return server.url("documents:list", found["datasets"][0]["id"])


def rows(page: Page):
    return page.locator("#table tbody tr")


def test_conditions_are_built_by_keyboard_with_suggestions_and_a_live_count(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("link", name="Metadata").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 5 of 5"))
    first = page.get_by_role("group", name="Condition 1")
    first.get_by_label("Key").focus()
    expect(page.locator("#condition-keys option")).to_have_count(3)
    page.keyboard.type("author")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("An")
    expect(first.locator("datalist option")).to_have_count(1)
    page.keyboard.type("n")
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 2 of 5"))
    page.get_by_role("button", name="Add condition").press("Enter")
    second = page.get_by_role("group", name="Condition 2")
    expect(second.get_by_label("Key")).to_be_focused()
    page.keyboard.type("year")
    second.get_by_label("Operator").select_option("≥")
    second.get_by_label("Value").fill("2025")
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 1 of 5"))
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("list", name="Active filters").get_by_role("listitem")).to_have_count(3)
    # The builder is closed; its conditions are in the URL.
    expect(page.locator("[data-conditions]")).to_have_count(0)
    assert page.url.count("meta_key=") == 2
    page.reload()
    expect(rows(page)).to_have_count(1)


def test_a_line_without_value_hides_the_field_and_lines_can_be_taken_out(page: Page, url: str) -> None:
    page.goto(url + "?meta_key=author&meta_operator=is&meta_value=Ann&meta_key=year&meta_operator=>&meta_value=2023")
    page.locator("#conditions-link").click()
    second = page.get_by_role("group", name="Condition 2")
    second.get_by_label("Operator").select_option("not empty")
    expect(second.get_by_label("Value")).to_be_hidden()
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 2 of 5"))
    second.get_by_label("Operator").select_option("<")
    expect(second.get_by_label("Value")).to_be_visible()
    page.get_by_role("button", name="Remove condition 1").click()
    expect(page.get_by_role("button", name="Remove condition 2")).to_be_focused()
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 0 of 5"))
    page.keyboard.press("Escape")
    expect(page.locator("#conditions-link")).to_be_focused()


def test_an_unfinished_condition_is_said_in_its_place(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#conditions-link").click()
    page.get_by_role("combobox", name="Key").fill("author")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter a value to compare “author” with")
    expect(page.get_by_role("combobox", name="Key").first).to_have_value("author")


def test_a_status_chosen_while_the_builder_is_open_stays(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#conditions-link").click()
    page.get_by_role("combobox", name="Key").fill("author")
    page.get_by_role("combobox", name="Value").fill("Ann")
    page.locator("#chip-not-parsed").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="Apply").click()
    expect(rows(page)).to_have_count(1)
    assert "status=not-parsed" in page.url


def test_days_narrow_the_list_and_can_be_taken_off(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("summary", has_text="Uploaded").click()
    page.get_by_label("From").fill("2026-05-11")
    expect(rows(page)).to_have_count(4)
    page.get_by_label("To (inclusive)").fill("2026-05-12")
    expect(rows(page)).to_have_count(2)
    assert "from=2026-05-11&to=2026-05-12" in page.url
    page.get_by_role("link", name="remove this filter").click()
    expect(rows(page)).to_have_count(5)
    expect(page.locator("input[name=from]")).to_have_value("")


def test_the_lab_has_the_same_builder_for_the_datasets_that_are_chosen(
    page: Page, url: str, server: Server, standin: StandinProcess, tenant_key: str
) -> None:
    chunk = [{"content": "The office moves."}]
    documents = [{"name": "b.txt", "run": "DONE", "chunks": chunk, "meta_fields": {"floor": n}} for n in (1, 2, 2)]
    made = standin.fill(tenant_key, datasets=[{"name": "Moves", "documents": documents}])["datasets"][0]["id"]
    page.goto(f"{server.url('retrieval:lab')}?dataset={made}")
    page.locator("summary", has_text="Metadata").click()
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 3 of 3"))
    page.get_by_role("combobox", name="Key").focus()
    expect(page.locator("#condition-keys option")).to_have_count(1)
    page.keyboard.type("floor")
    page.get_by_role("combobox", name="Value").focus()
    expect(page.locator("[data-condition] datalist option")).to_have_count(2)
    page.keyboard.type("2")
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches 2 of 3"))
    page.get_by_role("textbox", name="Question").fill("office")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ra-hit")).to_have_count(2)
    assert "meta_key=floor&meta_operator=is&meta_value=2" in page.url


def test_a_failed_document_is_retried_from_its_log(page: Page, url: str) -> None:
    page.goto(url + "?status=failed&q=ben")
    page.get_by_role("link", name=re.compile("^Failed: log of")).click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#table")).to_contain_text("No documents match these filters")
    assert page.url.endswith("?status=failed&q=ben")


def test_columns_come_and_go_and_are_remembered(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Chunk method").check()
    expect(page.get_by_role("columnheader", name="Method")).to_be_visible()
    # The menu was loaded before the list was narrowed, and must not undo that.
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Search by name").fill("ann")
    expect(rows(page)).to_have_count(1)
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Tokens").uncheck()
    expect(page.get_by_role("columnheader", name="Tokens")).to_have_count(0)
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("columnheader", name="Method")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Tokens")).to_have_count(0)


def test_without_script_filters_conditions_and_columns_work(new_page: NewPage, administrator: User, url: str) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(url)
    page.locator("#conditions-link").click()
    page.get_by_role("combobox", name="Key").fill("author")
    page.get_by_role("combobox", name="Value").fill("Ann")
    page.get_by_role("button", name="More conditions").click()
    page.get_by_role("group", name="Condition 2").get_by_label("Key").fill("year")
    page.get_by_role("group", name="Condition 2").get_by_label("Value").fill("2025")
    page.get_by_role("button", name="Apply").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Clear all").click()
    expect(rows(page)).to_have_count(5)
    page.locator("summary", has_text="Uploaded").click()
    page.get_by_label("From").fill("2026-05-13")
    page.get_by_role("button", name="Filter").click()
    expect(rows(page)).to_have_count(2)
    page.locator("summary", has_text="Columns").click()
    page.get_by_role("link", name="Choose the columns").click()
    page.get_by_label("Status").uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("columnheader", name="Status")).to_have_count(0)


@pytest.mark.thorough
def test_the_open_filter_bar_and_the_stages_are_accessible(page: Page, url: str) -> None:
    page.goto(url + "?q=a&from=2026-05-01&meta_key=author&meta_value=Ann&build=1")
    expect(page.locator("[data-conditions] output")).to_have_text(re.compile("matches"))
    assert_accessible(page, LOOKS)
    page.locator("summary", has_text="Columns").click()
    for name in ("Type", "Chunk method", "Duration", "Enabled"):
        with page.expect_response(re.compile("columns/")):
            page.get_by_label(name, exact=True).check()
    assert_accessible(page, LOOKS)
    page.keyboard.press("Escape")
    page.goto(url)
    page.get_by_role("link", name=re.compile("^Parsing: log of")).click()
    expect(page.locator("#log-body [aria-current=step]")).to_contain_text("Embedding")
    assert_accessible(page, LOOKS)
