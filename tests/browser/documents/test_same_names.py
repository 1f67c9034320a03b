"""The upload panel asks about files whose name already exists: skip, replace or keep both, for one or all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dashboard.models import Job, JobItem
from tests.browser.conftest import assert_accessible
from tests.support.browser.browsing import DROP_MANY, row, upload_item

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), pytest.param(390, "dark", marks=pytest.mark.thorough)])
def test_each_answer_does_what_it_says(new_page, administrator, url, stored, ragflow, dataset, width, theme):
    old = {name: stored(name) for name in ("a.txt", "b.txt", "c.txt")}
    page = new_page(administrator, width=width, theme=theme)
    page.goto(url)
    page.evaluate(DROP_MANY, ["a.txt", "b.txt", "c.txt", "new.txt"])
    expect(page.locator("#same-title", has_text="3 files have the name of an existing document")).to_be_visible()
    expect(upload_item(page, "new.txt")).to_contain_text("uploaded")
    expect(upload_item(page, "a.txt")).to_contain_text("A document with this name already exists. Uploaded")
    # Nothing is sent before the question is answered.
    assert ragflow.documents.list(dataset.id).total == 4
    page.set_viewport_size({"width": width, "height": 2000})
    assert_accessible(page)
    page.set_viewport_size({"width": width, "height": 900})
    # By keyboard alone; the focus stays in the panel.
    page.get_by_role("button", name="Skip a.txt").focus()
    page.keyboard.press("Enter")
    expect(upload_item(page, "a.txt")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('#uploads') !== null")
    page.get_by_role("button", name="Keep both b.txt").focus()
    page.keyboard.press("Enter")
    expect(upload_item(page, "b.txt")).to_contain_text("Saved as b(1).txt")
    page.get_by_role("button", name="Replace c.txt").focus()
    page.keyboard.press("Enter")
    expect(upload_item(page, "c.txt")).to_contain_text("It will replace c.txt when it is parsed")
    expect(page.locator("#toasts")).to_contain_text("0 of 1 replaced")
    expect(page.locator("[data-upload-sum]")).to_contain_text("1 skipped")
    expect(row(page, "b(1).txt")).to_be_visible()
    assert_accessible(page)
    assert list(JobItem.objects.values_list("document_id", flat=True)) == [old["c.txt"].id]


def test_one_answer_for_all(page, url, stored, ragflow, dataset):
    for name in ("a.txt", "b.txt"):
        stored(name)
    page.goto(url)
    # One after the other: the tables of a test stand in memory, where two who write lock each other out.
    page.route("**/upload/?*", lambda route: route.fulfill(response=route.fetch()))
    for reading in ("**/toast/**", "**/documents/", "**/documents/progress/**"):
        page.route(reading, lambda route: route.fulfill(status=204))
    page.evaluate(DROP_MANY, ["a.txt", "b.txt", "c.txt"])
    page.get_by_role("button", name="Replace all").click()
    expect(page.get_by_role("heading", name="3 uploaded")).to_be_visible(timeout=20_000)
    expect(page.locator(".ra-upload-same")).to_be_hidden()
    assert Job.objects.count() == 1
    assert JobItem.objects.count() == 2


def test_when_nobody_can_tell_the_names_the_files_are_sent_and_the_panel_says_how_they_are_called(
    page, url, stored, standin
):
    stored("a.txt")
    page.goto(url)
    page.route("**/upload/names/", lambda route: route.abort())
    page.evaluate(DROP_MANY, ["a.txt"])
    expect(upload_item(page, "a.txt")).to_contain_text("Saved as a(1).txt")
