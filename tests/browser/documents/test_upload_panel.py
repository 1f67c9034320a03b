"""The upload panel shows the outcome of each file, and neither it nor a job's toast covers anything that is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import NewPage
from tests.support.browser.browsing import DROP, poll, row
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.browser

LIES_OVER = """([one, other]) => {
  const [a, b] = [one, other].map((css) => document.querySelector(css).getBoundingClientRect());
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}"""


def test_what_is_parsed_is_not_said_to_be_parsing(
    new_page: NewPage, administrator: User, url: str, ragflow: RAGFlow, dataset: Dataset, standin: StandinProcess
) -> None:
    standin.parsing(paused=True)
    page = new_page(administrator, width=1440, theme="light")
    page.goto(url)
    page.evaluate(DROP, ["notes.txt", "The sick leave procedure has three steps."])
    item = page.locator(".ra-upload-item", has_text="notes.txt")
    expect(item).to_contain_text("uploaded, parsing")

    standin.parsing(paused=False)
    wait_until(lambda: ragflow.documents.list(dataset.id).items[0].run == "DONE")
    poll()

    expect(row(page, "notes.txt")).to_contain_text("Parsed")
    expect(item).not_to_contain_text("parsing")
    expect(item).to_contain_text("parsed")


def test_the_panel_stands_beside_the_table(
    new_page: NewPage, administrator: User, url: str, stored: Callable[[str], Document]
) -> None:
    for number in range(8):
        stored(f"a-document-{number}.txt")
    page = new_page(administrator, width=1440, theme="light")
    page.goto(url)
    page.evaluate(DROP, ["notes.txt", "The sick leave procedure has three steps."])
    expect(page.locator("[data-upload-title]")).to_have_text("1 uploaded")

    expect(page.locator("#uploads")).to_be_visible()
    assert not page.evaluate(LIES_OVER, ["#uploads", "#table"])
    expect(page.get_by_role("link", name="a-document-0.txt", exact=True)).to_be_visible()
    width = page.get_by_role("link", name="a-document-0.txt", exact=True).bounding_box()
    assert width is not None
    assert width["width"] > 90


def test_a_toast_does_not_lie_over_the_button_of_a_banner(
    new_page: NewPage,
    administrator: User,
    url: str,
    server: Server,
    ragflow: RAGFlow,
    dataset: Dataset,
    stored: Callable[[str], Document],
) -> None:
    stored("a.txt")
    page = new_page(administrator, width=1440, theme="light")
    page.goto(server.url("datasets:settings", dataset.id))
    page.get_by_label("Chunk size", exact=True).fill("64")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_load_state("networkidle")  # saving leads to a page, too
    page.goto(url)
    button = page.get_by_role("link", name="Apply to 1 document and reparse")
    expect(button).to_be_visible()
    show_toast(page)
    assert not page.evaluate(LIES_OVER, ["#toasts", ".ra-banner .btn"])
    button.click(trial=True)


def show_toast(page: Page) -> None:
    page.evaluate(
        """document.getElementById("toasts").innerHTML = `<div class="ra-toast ra-float" id="job-1" data-stay>
        <span></span><b>Parse 200 documents</b><button class="btn">x</button>
        <div class="ra-toast-more"><p>${"12 of 200 started. ".repeat(6)}</p></div></div>`"""
    )
