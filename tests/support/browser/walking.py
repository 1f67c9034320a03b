"""A world in the browser: every page, with everything on it expanded and selected."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess
from tests.walk import world
from tests.walk.pages import PAGES, Page
from tests.walk.words import Words
from tests.walk.world import World

WHOLE: Final = tuple(page for page in PAGES if not page.fragment)


def build(standin: StandinProcess, key: str, person: User, words: Words) -> World:
    """A server with a world of ``words``, in which parsing is paused."""
    cache.clear()
    server = Server(name="Test server", slug="test", base_url=standin.base_url, is_default=True)
    server.api_key = key
    server.save()
    standin.parsing(paused=True)
    return world.build(standin, key, server, person, words)


def unfold(browser: BrowserPage) -> None:
    """Opens what is folded and ticks the first row, so that all there is to see is there."""
    browser.evaluate("document.querySelectorAll('main details:not(.ra-pop)').forEach(one => one.open = true)")
    browser.evaluate("document.querySelector('[data-select-row]')?.click()")
    # What a page asks for by itself is there, and drawn.
    expect(browser.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    drawn(browser)


def drawn(browser: BrowserPage) -> None:
    """Waits until the page is drawn as it is now."""
    browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")


def areas() -> dict[str, list[Page]]:
    """The whole pages by their area."""
    found: dict[str, list[Page]] = {}
    for page in WHOLE:
        found.setdefault(page.name.partition(":")[0], []).append(page)
    return found
