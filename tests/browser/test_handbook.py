"""The handbook in Chromium: reached from every page, accessible, and readable without script."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from dashboard.models import Server
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_the_handbook_is_a_page_like_the_others(
    new_page: NewPage, administrator: User, server: Server, width: int, theme: str
) -> None:
    page = new_page(administrator, width=width, theme=theme)
    page.goto(server.get_absolute_url())
    page.locator("summary.ra-avatar--menu").click()
    page.locator(".ra-topbar").get_by_role("link", name="Help").click()
    expect(page.get_by_role("heading", name="RAGFlow Admin handbook")).to_be_visible()
    page.get_by_role("navigation", name="Pages of the handbook").get_by_role("link", name="People and roles").click()
    page.get_by_role("link", name="How do I add a colleague?").click()
    expect(page.get_by_text("To add a colleague, an administrator")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
