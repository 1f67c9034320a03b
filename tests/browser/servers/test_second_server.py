"""An administrator connects a second server in Chromium: first with a wrong key, then with the right one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import AuditEntry, Server
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser
KEY = "ragflow-key-of-the-second-one"


@pytest.fixture
def second(release: str) -> Iterator[StandinProcess]:
    with StandinProcess(keys=(KEY,), release=release) as running:
        running.fill(KEY, datasets=[{"name": "Papers of the second one"}])
        yield running


def at(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_second_server_is_connected_with_a_wrong_key_first(
    page: Page, server: Server, second: StandinProcess
) -> None:
    page.goto("/")
    page.get_by_role("link", name="Servers", exact=True).click()
    page.get_by_role("link", name="Add server").click()
    page.get_by_label("Name").fill("Second")
    page.get_by_label("Address").fill(f"{second.base_url}/api/v1/")
    page.get_by_label("API key").fill("ragflow-wrong")
    page.get_by_role("button", name="Test connection").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("RAGFlow rejected the API key")
    expect(told).to_contain_text("/api/v1 was removed")
    assert at(page) == "test-connection"
    assert_accessible(page, LOOKS)

    page.get_by_role("button", name="Add server").click()
    expect(page.get_by_role("button", name="Save anyway")).to_be_visible()
    expect(page.get_by_label("API key")).to_have_value("ragflow-wrong")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Test connection").click()
    expect(told).to_contain_text("The key can see 1 dataset.")
    page.get_by_role("button", name="Add server").click()
    expect(page.get_by_role("heading", level=1, name="Servers")).to_be_visible()
    expect(page.locator("#servers li", has_text="Second")).to_contain_text("Healthy")
    assert KEY not in page.content()
    assert_accessible(page, LOOKS)

    page.get_by_role("button", name="Move Second up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("Second is now number 1.")
    assert at(page) == "up-second"
    expect(page.locator("#servers li").first).to_contain_text("Second")

    page.goto(server.url("datasets:list"))
    page.locator(".ra-server-pop summary").focus()
    page.keyboard.press("Enter")
    menu = page.locator(".ra-server-pop .ra-menu")
    expect(menu).to_contain_text("Healthy")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/servers/second/datasets/$"))
    expect(page.get_by_role("link", name="Papers of the second one")).to_be_visible()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "server.test",
        "server.test",
        "server.create",
        "server.order",
    ]


def test_removing_a_server_asks_in_a_dialog_that_says_what_goes(
    page: Page, server: Server, second: StandinProcess
) -> None:
    other = Server(name="Second", slug="second", base_url=second.base_url, position=1)
    other.api_key = KEY
    other.save()
    page.goto("/administration/servers/")
    page.get_by_label("Actions for Second").click()
    page.get_by_role("link", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Remove the server Second?")
    assert_accessible(page, LOOKS)
    dialog.get_by_role("link", name="Keep it").click()
    expect(dialog).to_have_count(0)
    page.get_by_label("Actions for Second").click()
    page.get_by_role("link", name="Remove").click()
    dialog.get_by_role("button", name="Remove server").click()
    expect(page.locator("#servers li")).to_have_count(1)
    expect(page.get_by_text("Server “Second” removed")).to_be_visible()


def test_without_script_a_server_is_added_moved_and_removed(
    new_page: NewPage, server: Server, administrator, second: StandinProcess
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto("/administration/servers/add/")
    page.get_by_label("Name").fill("Second")
    page.get_by_label("Address").fill(second.base_url)
    page.get_by_label("API key").fill("ragflow-wrong")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the API key again before you save")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Add server").last.click()
    page.get_by_role("button", name="Move Second up").click()
    expect(page.locator("#servers li").first).to_contain_text("Second")
    page.get_by_label("Actions for Second").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove server").click()
    expect(page.locator("#servers li")).to_have_count(1)
