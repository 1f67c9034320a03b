"""Other pages while files are being uploaded: they are shown over the page that holds the files."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import assert_accessible
from tests.support.browser.browsing import DROP_MANY, upload_item

pytestmark = pytest.mark.browser


class Held:
    """Uploads that do not begin before they are ``released``."""

    def __init__(self, page: Page) -> None:
        self.routes: list[Route] = []
        self.is_open = False
        page.route("**/upload/?*", self.hold)

    def hold(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def wait_for(self, page: Page, number: int) -> None:
        while len(self.routes) < number:
            page.wait_for_timeout(20)

    def release(self) -> None:
        while self.routes:
            self.routes.pop().continue_()

    def let_through(self, page: Page, number: int) -> None:
        """Waits until this many uploads have begun, and lets them continue."""
        self.wait_for(page, number)
        for _ in range(number):
            self.routes.pop(0).continue_()

    def let_all_through(self) -> None:
        """Holds nothing any more."""
        self.is_open = True
        self.release()


def sending(page: Page, url: str, *files: str) -> Held:
    """The documents page with these files, three at most, on their way."""
    page.goto(url)
    held = Held(page)
    page.evaluate(DROP_MANY, list(files))
    held.wait_for(page, len(files))
    return held


def names(ragflow, dataset) -> list[str]:
    return sorted(document.name for document in ragflow.documents.list(dataset.id))


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), pytest.param(390, "dark", marks=pytest.mark.thorough)])
def test_files_are_sent_while_one_looks_at_other_pages(
    new_page, administrator, url, stored, ragflow, dataset, width, theme
):
    stored("old.txt")
    page = new_page(administrator, width=width, theme=theme)
    held = sending(page, url, "a.txt", "b.txt")

    page.get_by_role("link", name="old.txt", exact=True).click()
    away = page.frame_locator("iframe.ra-away")
    expect(away.get_by_role("heading", name="old.txt", level=1)).to_be_visible()
    page.wait_for_url("**/chunks/")
    expect(page).to_have_title("old.txt · Chunks · RAGFlow Admin")
    expect(page.locator("#uploads")).to_be_visible()
    expect(page.locator(".ra-app")).to_have_attribute("inert", "")
    assert_accessible(page)

    away.get_by_role("link", name=dataset.name).first.click()
    page.wait_for_url(f"**/{dataset.id}/documents/")
    held.release()
    expect(page.get_by_role("heading", name="2 uploaded")).to_be_visible()
    # The list in the frame is told of it.
    expect(away.get_by_role("link", name="b.txt", exact=True)).to_be_visible()
    assert names(ragflow, dataset) == ["a.txt", "b.txt", "old.txt"]

    # Nothing is on its way any more: the next link leaves for good.
    away.get_by_role("link", name="a.txt", exact=True).click()
    page.wait_for_url("**/chunks/")
    expect(page.locator("iframe.ra-away")).to_have_count(0)
    expect(page.get_by_role("heading", name="a.txt", level=1)).to_be_visible()


def test_back_leads_through_the_pages_to_the_files(page, url, stored):
    stored("old.txt")
    held = sending(page, url, "a.txt")
    page.get_by_role("link", name="Activity", exact=True).click()
    page.wait_for_url("**/activity/")
    away = page.frame_locator("iframe.ra-away")
    away.get_by_role("link", name="Retrieval lab", exact=True).click()
    page.wait_for_url("**/retrieval/")

    page.go_back()
    page.wait_for_url("**/activity/")
    expect(away.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    page.go_back()
    page.wait_for_url("**/documents/")
    expect(page.locator("iframe.ra-away")).to_have_count(0)
    expect(page.get_by_role("link", name="old.txt", exact=True)).to_be_visible()
    page.go_forward()
    page.wait_for_url("**/activity/")
    expect(away.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    page.go_back()
    held.release()
    expect(upload_item(page, "a.txt")).to_contain_text("uploaded")
    expect(page.locator("#table").get_by_role("link", name="a.txt", exact=True)).to_be_visible()


def test_files_for_the_page_above_join_the_panel(page, url, stored, ragflow, server, dataset):
    other = ragflow.datasets.create(name="Another")
    held = sending(page, url, "a.txt")
    page.get_by_role("link", name="Datasets", exact=True).first.click()
    page.wait_for_url("**/datasets/")
    away = page.frame_locator("iframe.ra-away")
    away.get_by_role("link", name="Another", exact=True).click()
    page.wait_for_url(f"**/{other.id}/documents/")
    expect(away.get_by_role("heading", name="Another", level=1)).to_be_visible()
    page.frames[-1].evaluate(DROP_MANY, ["for-another.txt"])
    expect(upload_item(page, "for-another.txt")).to_be_visible()
    held.wait_for(page, 2)
    held.release()
    expect(page.get_by_role("heading", name="2 uploaded")).to_be_visible()
    assert names(ragflow, other) == ["for-another.txt"]
    assert names(ragflow, dataset) == ["a.txt"]


def test_what_is_done_to_documents_meanwhile_leads_no_file_astray(page, url, stored, ragflow, dataset):
    for name in ("old.txt", "kept.txt"):
        stored(name)
    held = sending(page, url, "a.txt")
    away = page.frame_locator("iframe.ra-away")
    page.get_by_role("button", name="Collapse", exact=True).click()

    page.get_by_label("Select kept.txt").check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Method and settings").click()
    page.wait_for_url("**/documents/settings/**")
    expect(away.get_by_role("heading", level=1)).to_be_visible()
    page.go_back()
    expect(page.locator("iframe.ra-away")).to_have_count(0)

    page.get_by_label("Select kept.txt").uncheck()
    page.get_by_label("Select old.txt").check()
    page.locator("#bulk").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="old.txt", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="kept.txt", exact=True)).to_be_visible()
    held.release()
    expect(page.get_by_role("heading", name="1 uploaded")).to_be_visible()
    assert names(ragflow, dataset) == ["a.txt", "kept.txt"]


def test_leaving_the_window_asks_first(page, url):
    held = sending(page, url, "a.txt")
    page.get_by_role("link", name="Activity", exact=True).click()
    page.wait_for_url("**/activity/")
    expect(page.frame_locator("iframe.ra-away").get_by_role("heading", name="Activity", level=1)).to_be_visible()
    page.on("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.evaluate("location.reload()")
    assert asked.value.type == "beforeunload"
    held.release()
    expect(page.get_by_role("heading", name="1 uploaded")).to_be_visible()


# What is clicked, on the page where the one before led, and the end of the address that it leads to.
WALK = (
    ("Activity", "/activity/"),
    ("Retrieval lab", "/retrieval/"),
    ("Question sets", "/retrieval/sets/"),
    ("Assistants", "/assistants/"),
    ("New assistant", "/assistants/new/"),
    ("Datasets", "/datasets/"),
    ("Company handbook", "/documents/"),
    ("Metadata", "/metadata/"),
    ("Graph", "/graph/"),
    ("Settings", "/settings/"),
    ("Overview", "/servers/test/"),
    ("Activity", "/activity/"),
)


@pytest.mark.thorough
def test_thirty_files_arrive_while_twelve_pages_are_walked(page, url, standin, ragflow, dataset, server):
    """Also back, forward and to a dialog; and files can be added from each of the pages."""
    standin.parsing(paused=True)
    ragflow.chats.create(name="Handbook assistant")
    page.goto(url)
    held = Held(page)
    page.evaluate(DROP_MANY, [f"file-{number:02}.txt" for number in range(30)])
    held.wait_for(page, 3)
    panel = page.locator("#uploads")
    switch = panel.get_by_label("Parse when uploaded")
    above = page.frame_locator("iframe.ra-away")
    for number, (link, address) in enumerate(WALK):
        place = above if number else page
        place.get_by_role("link", name=link, exact=True).first.click()
        page.wait_for_url(f"**{address}")
        expect(above.locator("main")).to_be_visible()
        held.let_through(page, 1)

        was_on = switch.is_checked()
        switch.click()
        assert switch.is_checked() is not was_on
        with page.expect_file_chooser() as chooser:
            panel.get_by_role("button", name="Add files").click()
        chooser.value.set_files({"name": f"added-{number:02}.txt", "mimeType": "text/plain", "buffer": b"Some text."})
        expect(upload_item(page, f"added-{number:02}.txt")).to_have_count(1)

    page.go_back()
    page.wait_for_url("**/servers/test/")
    page.go_forward()
    page.wait_for_url("**/activity/")
    above.get_by_role("link", name="Assistants", exact=True).first.click()
    above.get_by_label("Actions for Handbook assistant").click()
    # By the keyboard: with this many files the panel covers the end of the menu.
    above.get_by_role("link", name="Delete", exact=True).press("Enter")
    expect(above.get_by_role("dialog")).to_be_visible()
    above.get_by_role("dialog").get_by_role("link", name="Keep it").click()
    expect(above.get_by_role("dialog")).to_have_count(0)

    held.let_all_through()
    expect(page.get_by_role("heading", name="42 uploaded")).to_be_visible(timeout=30_000)
    wanted = [f"added-{number:02}.txt" for number in range(12)] + [f"file-{number:02}.txt" for number in range(30)]
    found = [document.name for document in ragflow.documents.list(dataset.id, page_size=100)]
    assert sorted(found) == sorted(wanted)
