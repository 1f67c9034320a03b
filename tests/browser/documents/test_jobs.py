"""All that match, as a job: from the selection to the end of the job, by keyboard and on a phone."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS, assert_accessible
from tests.support.browser.browsing import row
from tests.support.processes.waiting import wait_until
from tests.support.processes.worker import work

pytestmark = pytest.mark.browser


def assert_accessible_in_full(page):
    """With all of the page in sight: else the floating bars and toasts lie over half a row."""
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": 8000})
    assert_accessible(page)
    page.set_viewport_size(size)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), pytest.param(390, "dark", marks=pytest.mark.thorough)])
def test_everything_that_matches_is_selected_and_handled(
    new_page,
    administrator,
    url,
    stored,
    width,
    theme,
):
    for number in range(51):
        stored(f"{number}.txt")
    page = new_page(administrator, width=width, theme=theme)
    page.goto(url)
    everything = page.get_by_label("Select all 51 that match")
    expect(everything).to_be_hidden()
    if width > 640:
        head = page.get_by_label("Select all on this page")
        head.focus()
        page.keyboard.press("Space")
    else:
        page.evaluate("document.querySelectorAll('[data-select-row]').forEach(box => box.click())")
    expect(everything).to_be_visible()
    expect(page.locator("#bulk [data-bulk-count]")).to_have_text("50")
    everything.focus()
    page.keyboard.press("Space")
    expect(page.locator("#bulk [data-bulk-count]")).to_have_text("51")
    assert_accessible_in_full(page)
    page.locator("#bulk summary").click()
    page.locator("#bulk").get_by_role("button", name="Disable").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Disable all 51 matching documents?")
    assert_accessible(page)
    dialog.get_by_role("button", name="Disable 51 documents").click()
    # The list stays, and the job tells beside it what it does, until it is through.
    toast = page.locator("#toasts > [id^=job-]")
    expect(toast).to_contain_text("listing the documents", timeout=20_000)
    page.reload()
    expect(toast).to_contain_text("listing the documents")
    # The tables of a test stand in memory, where who reads locks out who writes.
    page.route("**/toast/**", lambda route: route.fulfill(status=204))
    page.route("**/progress/**", lambda route: route.fulfill(status=204))
    work()
    page.unroute_all()
    expect(toast).to_contain_text("Disabled 51 documents", timeout=20_000)
    assert_accessible_in_full(page)
    expect(page.locator("#table tbody tr").first).to_contain_text("Disabled")
    toast.get_by_role("link", name=re.compile("^Result")).click()
    expect(page.get_by_text("51 of 51 disabled")).to_be_visible(timeout=20_000)


def test_unticking_a_row_takes_everything_back(page, url, stored):
    for number in range(51):
        stored(f"{number}.txt")
    page.goto(url)
    page.get_by_label("Select all on this page").check()
    everything = page.get_by_label("Select all 51 that match")
    everything.check()
    page.get_by_label("Select 50.txt").uncheck()
    expect(everything).to_be_hidden()
    expect(page.locator("#bulk [data-bulk-count]")).to_have_text("49")
    assert not page.evaluate("document.querySelector('input[name=all]').checked")


@pytest.mark.parametrize(("width", "theme"), [pytest.param(1440, "dark", marks=pytest.mark.thorough), (390, "light")])
def test_a_document_is_renamed_in_a_dialog(new_page, administrator, url, stored, width, theme):
    stored("before.txt")
    page = new_page(administrator, width=width, theme=theme)
    page.goto(url + "?type=text")
    page.get_by_title("Actions for before.txt").click()
    page.get_by_role("link", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("after.pdf")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Keep the extension .txt")
    assert_accessible(page)
    dialog.get_by_label("Name").fill("after.txt")
    dialog.get_by_label("Enabled").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, "after.txt")).to_contain_text("Disabled")
    expect(page).to_have_url(re.compile(r"type=text"))
    assert_accessible(page)


@pytest.mark.thorough
def test_the_settings_of_a_selection_are_changed(page, url, stored, ragflow, dataset):
    made = [stored("a.txt"), stored("b.txt")]
    page.goto(url)
    for document in made:
        page.get_by_label(f"Select {document.name}").check()
    page.locator("#bulk summary").click()
    page.get_by_role("button", name="Method and settings").click()
    page.wait_for_url(re.compile(r"/settings/\?id="))
    assert_accessible(page, LOOKS)
    page.get_by_role("radio", name=re.compile("^Table")).check()
    expect(page.locator("#method-fields")).to_contain_text("has no settings")
    page.get_by_role("radio", name=re.compile("^General")).check()
    page.locator("[name=parser-chunk_token_num]").fill("64")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("0 of 2 changed")).to_be_visible()
    work()
    expect(page.get_by_text("2 of 2 changed")).to_be_visible(timeout=20_000)
    assert ragflow.documents.get(dataset.id, made[0].id).parser_config["chunk_token_num"] == 64


def test_failures_are_retried_by_cause_from_the_head(page, url, ragflow, dataset):
    made = ragflow.documents.upload(dataset, "broken.docx", io.BytesIO(b"no office file"), 14)
    document = ragflow.documents.get(dataset.id, made.id)
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(dataset.id, made.id).run == "FAIL")
    page.goto(url)
    page.get_by_role("button", name="Retry 1 failed").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Retry 1 failed document?")
    assert_accessible(page)
    dialog.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Reparsing broken.docx")).to_be_visible()


def test_a_selection_is_saved_as_a_zip(page, url, stored, tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        stored(name)
    page.goto(url)
    for name in ("a.txt", "b.txt"):
        page.get_by_label(f"Select {name}").check()
    page.locator("#bulk summary").click()
    with page.expect_download() as started:
        page.locator("#bulk").get_by_role("button", name="Download").click()
    started.value.save_as(tmp_path / "some.zip")
    assert started.value.suggested_filename.startswith("Company handbook")
    with zipfile.ZipFile(tmp_path / "some.zip") as zipped:
        assert sorted(zipped.namelist()) == ["a.txt", "b.txt"]
    # The page and the selection are as they were.
    expect(page.locator("#bulk [data-bulk-count]")).to_have_text("2")


def test_what_failed_of_a_selection_is_told_beside_the_list_and_retried_there(page, url, stored, standin):
    documents = [stored(name) for name in ("a.txt", "b.txt")]
    standin.fault("code", method="PUT", path=documents[0].id, code=102, message="Not now", times=1)
    page.goto(url)
    for document in documents:
        page.get_by_label(f"Select {document.name}").check()
    page.locator("#bulk summary").click()
    page.locator("#bulk").get_by_role("button", name="Disable").click()
    toast = page.locator("#toasts > [id^=job-]")
    expect(toast).to_contain_text("0 of 2 disabled")
    work()
    expect(toast).to_contain_text("1 document was not disabled")
    expect(toast).to_contain_text("a.txt: Not now")
    expect(row(page, "b.txt")).to_contain_text("Disabled")
    assert_accessible(page)
    toast.get_by_role("button", name="Retry 1").click()
    expect(toast).to_contain_text("0 of 1 disabled")
    page.route("**/toast/**", lambda route: route.fulfill(status=204))
    page.route("**/progress/**", lambda route: route.fulfill(status=204))
    work()
    page.unroute_all()
    expect(toast).to_contain_text("Disabled a.txt")
    expect(row(page, "a.txt")).to_contain_text("Disabled")


def test_what_a_selection_goes_to_by_keyboard_alone(page, url, stored):
    stored("a.txt")
    page.goto(url)
    box = page.get_by_label("Select a.txt")
    box.focus()
    page.keyboard.press("Space")
    page.locator("#bulk summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Metadata…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/metadata/change/\?id="))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
