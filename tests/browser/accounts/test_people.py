"""From an invitation to the end of an account, in two browsers at the same time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser
PASSWORD = "an even better one 3"
SENTENCE = "You are signed out. Sign in in another tab, then submit again."


def invited(page: Page, email: str) -> str:
    """Invites a curator by the pages; the link as it is shown."""
    page.get_by_role("link", name="People").first.click()
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Curator").check()
    assert_accessible(page, LOOKS)
    page.get_by_role("button", name="Create invitation").click()
    expect(page.get_by_role("heading", name=f"Invitation for {email}")).to_be_visible()
    assert_accessible(page, LOOKS)
    return page.locator("#link").inner_text()


def test_a_curator_is_invited_works_and_is_disabled_while_working(
    page: Page, new_page: NewPage, server: Server, ragflow: RAGFlow
) -> None:
    ragflow.datasets.create(name="Handbook")
    page.goto(server.url("overview:page"))
    link = invited(page, "carla@example.org")

    # In another browser: she chooses how she signs in, and works.
    carla = new_page(width=390, theme="dark")
    carla.goto(link)
    assert_accessible(carla, LOOKS)
    carla.get_by_label("Username").fill("carla")
    carla.get_by_label("Name", exact=True).fill("Carla Hernandez")
    carla.get_by_label("Password", exact=True).fill("carla")
    carla.get_by_role("button", name="Join").click()
    expect(carla.get_by_text("This password is too short")).to_be_visible()
    carla.get_by_label("Password", exact=True).fill(PASSWORD)
    carla.get_by_role("button", name="Join").click()
    expect(carla.get_by_text("Your account is ready.")).to_be_visible()
    carla.goto(server.url("datasets:create"))
    carla.get_by_label("Name", exact=True).fill("Policies")

    # Meanwhile her account is disabled, by the keyboard.
    page.goto("/people/")
    expect(page.get_by_role("row", name=re.compile("Carla Hernandez"))).to_contain_text("Active")
    assert_accessible(page, LOOKS)
    page.get_by_role("link", name="Carla Hernandez").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Carla Hernandez")
    assert_accessible(page, LOOKS)
    page.get_by_role("link", name="Disable").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Carla Hernandez")
    dialog.get_by_role("button", name="Disable").press("Enter")
    expect(page.get_by_text("Carla Hernandez can't sign in any more.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Carla Hernandez"))).to_contain_text("Disabled")

    # She is out with the next thing she does, and cannot come back.
    carla.get_by_role("button", name="Create dataset").last.click()
    expect(carla.get_by_role("alert").filter(has_text=SENTENCE)).to_be_visible()
    expect(carla.get_by_label("Name", exact=True)).to_have_value("Policies")
    assert [dataset.name for dataset in ragflow.datasets.list()] == ["Handbook"]
    carla.goto("/sign-in/")
    carla.get_by_label("Username").fill("carla")
    carla.get_by_label("Password", exact=True).fill(PASSWORD)
    carla.get_by_role("button", name="Sign in").click()
    expect(carla.get_by_role("alert")).to_contain_text("correct username and password")
    carla.goto(link)
    expect(carla.get_by_text("This link has been used.")).to_be_visible()
    assert_accessible(carla, LOOKS)


def test_the_theme_that_is_chosen_in_one_browser_is_there_in_the_next(
    page: Page, new_page: NewPage, server: Server, administrator
) -> None:
    page.goto("/profile/")
    assert_accessible(page, LOOKS)
    with page.expect_response("**/profile/theme/"):
        page.locator("main").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    other = new_page(administrator)
    other.goto("/profile/")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.locator("main").get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    # Of the two browsers, this one is named, and the other can be signed out.
    expect(other.get_by_text("This browser")).to_be_visible()
    other.get_by_role("button", name="Sign out of all others").click()
    expect(other.get_by_text("1 other session ended.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
