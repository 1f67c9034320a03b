"""The curator's round by keyboard alone: what failed is found, retried, read, mended, and found by a search."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import NewPage
from tests.support.processes.waiting import wait_until
from tests.support.processes.worker import work

pytestmark = pytest.mark.browser
REASON = "10:00:09 [ERROR]Embedding error: model did not answer within 60 s"
TEXT = "The lease of a company bicycle runs for thirty-six month."
# What has the focus: its name for a screen reader, as far as words on it tell, and how it shows that it has it.
FOCUSED = """() => {
  const one = document.activeElement ?? document.documentElement;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const label = one.labels?.length ? one.labels[0].innerText : "";
  const name = one.getAttribute("aria-label") || label || one.innerText || one.placeholder || one.name || "";
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    tag: one.tagName, role: one.getAttribute("role") || "", name: name.trim().replace(/\\s+/g, " "),
    shown: ring || style.boxShadow !== "none",
    inSight: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""


class Keyboard:
    """Tab, arrows and Enter on a page; at every step the focus must be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def at(self) -> str:
        """The name of what has the focus, which must be in sight and marked."""
        seen = self.page.evaluate(FOCUSED)
        if seen["tag"] not in ("BODY", "MAIN", "HTML"):
            assert seen["shown"], f"the focus on {seen['tag']} “{seen['name']}” cannot be seen"
            assert seen["inSight"], f"{seen['tag']} “{seen['name']}” has the focus and is out of sight"
        return str(seen["name"])

    def tab_to(self, name: str, most: int = 80, key: str = "Tab") -> None:
        """Goes on until something of this name (a regular expression) has the focus."""
        self.page.wait_for_load_state()  # nothing has the focus while a page is on its way
        met = []
        for _ in range(most):
            self.press(key)
            here = self.at()
            if re.search(name, here):
                return
            met.append(here[:40])
        raise AssertionError(f"no {name!r} within {most} steps, but {met}")


@pytest.fixture
def handbook(administrator: User, standin: StandinProcess, tenant_key: str) -> Server:
    """A dataset in which two of four documents failed, though their files are fine."""
    cache.clear()
    server = Server(name="Test server", slug="test", base_url=standin.base_url, is_default=True)
    server.api_key = tenant_key
    server.save()
    parsed = {"run": "DONE", "chunks": [{"content": "The office is open from eight to six."}], "text": "The office."}
    failed = {"run": "FAIL", "progress_msg": REASON, "text": TEXT}
    documents = [
        {"name": "office.txt", **parsed},
        {"name": "bicycles.txt", **failed},
        {"name": "travel.txt", **parsed},
        {"name": "parking.txt", **failed},
    ]
    standin.fill(tenant_key, datasets=[{"name": "Company handbook", "documents": documents}])
    return server


def test_failed_documents_are_found_retried_read_mended_and_searched(
    new_page: NewPage, administrator: User, handbook: Server, ragflow: RAGFlow
) -> None:
    page = new_page()
    keys = Keyboard(page)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    if page.evaluate("document.activeElement.tagName") == "BODY":
        keys.tab_to("^Username")
    keys.at()
    keys.type(administrator.username)
    keys.tab_to("^Password")
    keys.type("a good password 1")
    keys.press("Enter")

    expect(page).to_have_url(re.compile("/servers/test/$"))
    keys.tab_to("^Skip to content")
    keys.tab_to("^Datasets")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/datasets/$"))
    keys.tab_to("^Company handbook$")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Company handbook")).to_be_visible()

    keys.tab_to("^Failed 2")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("status=failed"))
    expect(page.get_by_role("row")).to_have_count(3)
    keys.tab_to("^Retry .*failed|^Retry all|^Retry 2")
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    keys.tab_to("^Parse|^Retry", most=20)
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    work()
    dataset = next(iter(ragflow.datasets.list()))
    wait_until(lambda: {document.run for document in ragflow.documents.list(dataset.id)} == {"DONE"})

    page.reload()
    keys.tab_to("^(All|Parsed) 4")
    keys.press("Enter")
    expect(page.get_by_role("row")).to_have_count(5)
    keys.tab_to(r"^bicycles\.txt$")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="bicycles.txt")).to_be_visible()
    page.wait_for_load_state()  # before its scripts are there a page knows no keys

    keys.press("j")
    expect(page.get_by_role("article", name="Chunk 1")).to_be_focused()
    keys.at()
    keys.press("e")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_be_focused()
    keys.at()
    keys.press("Control+A")
    keys.type(TEXT.replace("month.", "months."))
    keys.press("Control+Enter")
    expect(page.get_by_role("article", name="Chunk 1")).to_be_focused()
    expect(page.get_by_role("article", name="Chunk 1")).to_contain_text("thirty-six months.")
    keys.at()

    keys.press("Shift+Tab")
    keys.tab_to("^Retrieval lab", key="Shift+Tab")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/retrieval/"))
    keys.tab_to("^Question$", most=40)
    keys.type("How long does the lease of a bicycle run?")
    keys.press("Control+Enter")
    hit = page.locator(".ra-hit").filter(has_text="thirty-six months.")
    expect(hit.first).to_be_visible()
    keys.tab_to("^Open chunk", most=150)
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/chunks/\?.*chunk="))
