"""A real Chromium against a live server: ``page`` is signed in, and any script or CSP error fails the test."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

from dashboard.core.access.rights import Role
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.support.browser import chromium, driver

# Playwright's loop runs in the test's thread, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

AXE = Path(settings.NODE_MODULES) / "axe-core/axe.min.js"
# Each theme and each width once. Every page as it opens is looked at in all four (test_every_page.py).
LOOKS = (("light", 1440), ("dark", 390))
STORED = "local_storage,session_storage,indexeddb,cache_storage,service_workers"
# A person takes longer to reach for a page than its scripts take to be there; a test does not. So these wait for them.
ACTIONS = ("check", "click", "fill", "focus", "hover", "press", "select_option", "set_input_files", "uncheck")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; there can be only one."""
    with driver.started() as running:
        yield running


def _once_ready(action: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(action)
    def acted(locator: Locator, *args: Any, **options: Any) -> Any:
        locator.page.wait_for_load_state("domcontentloaded")
        return action(locator, *args, **options)

    return acted


def _kept(serve: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(serve)
    def served(handler: Any, request: Any) -> Any:
        response = serve(handler, request)
        response["Cache-Control"] = "max-age=3600"
        return response

    return served


# Else a browser keeps a file for a tenth of its age: of a fresh checkout, it asks for all of them with every page.
StaticFilesHandlerMixin.serve = _kept(StaticFilesHandlerMixin.serve)
for _name in ACTIONS:
    setattr(Locator, _name, _once_ready(getattr(Locator, _name)))


def _launched(playwright: Playwright, path: str | None) -> Iterator[Browser]:
    if path is None:
        pytest.skip("There is no Chromium or Chrome: install Debian's chromium, or set CHROMIUM to one.")
    running = playwright.chromium.launch(executable_path=path, args=list(chromium.QUIET))
    yield running
    running.close()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the whole run, the quickest there is."""
    yield from _launched(playwright, chromium.quickest())


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium or Chrome as people have it, if it is installed."""
    yield from _launched(playwright, chromium.find() or chromium.quickest())


NewPage = Callable[..., Page]


class Contexts:
    """Contexts of the browser, each used by one test after the other: a new one costs half a second.

    What a test leaves behind goes when its pages close: cookies, storage, routes. Only the cache of files stays.
    """

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser, self.base_url = browser, base_url
        self.free: dict[tuple[tuple[str, Any], ...], list[BrowserContext]] = {}
        self.taken: list[tuple[tuple[tuple[str, Any], ...], BrowserContext]] = []

    def take(self, **options: Any) -> BrowserContext:
        """A context with these options that has nothing of anybody else in it."""
        kind = tuple(sorted(options.items()))
        free = self.free.setdefault(kind, [])
        context = free.pop() if free else self.browser.new_context(base_url=self.base_url, **options)
        context.set_default_timeout(10_000)
        self.taken.append((kind, context))
        return context

    def give_back(self) -> None:
        """At the end of a test."""
        while self.taken:
            kind, context = self.taken.pop()
            context.unroute_all()
            page = context.pages[0] if context.pages else context.new_page()
            session = context.new_cdp_session(page)
            session.send("Storage.clearDataForOrigin", {"origin": self.base_url, "storageTypes": STORED})
            for one in context.pages:
                one.close()
            context.clear_cookies()
            context.clear_permissions()
            self.free[kind].append(context)


@pytest.fixture(scope="session")
def contexts(browser: Browser, live_server: Any) -> Contexts:
    """The contexts that the tests of a run share."""
    return Contexts(browser, live_server.url)


@pytest.fixture
def new_page(contexts: Contexts, django_db_serialized_rollback: None) -> Iterator[NewPage]:
    """Makes a page: ``new_page(user, width=390, theme="dark")``; without a user nobody is signed in.

    At the end no page may have had a script error or a violation of the content security policy.
    """
    problems: list[str] = []

    def make(
        user: User | None = None, *, width: int = 1440, height: int = 900, theme: str = "light", **options: Any
    ) -> Page:
        context = contexts.take(**options)
        if user is not None:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": contexts.base_url}]
            )
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(message, page, problems))
        return page

    yield make
    contexts.give_back()
    assert problems == []


def _note(message: Any, page: Page, problems: list[str]) -> None:
    # axe measures with inline styles, which our policy rightly refuses
    if "Content Security Policy" in message.text and not getattr(page, "_audited", False):
        problems.append(f"{page.url}: {message.text}")


@pytest.fixture
def administrator(person: Callable[..., User], django_db_serialized_rollback: None) -> User:
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def page(new_page: NewPage, administrator: User) -> Page:
    """A page of an administrator, 1440 wide, in the light theme."""
    return new_page(administrator)


def violations(page: Page, *, colours_alone: bool = False) -> list[str]:
    """The violations that axe-core finds on the current page; of colours only, outside of the frame."""
    page._audited = True  # type: ignore[attr-defined]
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    where: Any = {"exclude": [[".ra-sidebar"], [".ra-topbar"]]} if colours_alone else {"include": [["html"]]}
    result = page.evaluate(
        "([where, only]) => axe.run(where, {runOnly: only, preload: false, resultTypes: ['violations']})",
        [where, ["color-contrast"] if colours_alone else RULES],
    )
    return [
        f"{violation['id']}: {node['html'][:200]}: {' '.join(node['failureSummary'].split())[:300]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def assert_accessible(page: Page, looks: Sequence[tuple[str, int]] = ()) -> None:
    """Asserts that axe-core finds no violation on the current page; with ``looks``, in each (theme, width), and
    nothing that sticks out there.
    """
    before = page.viewport_size
    for theme, width in looks:
        # Without motion: else colours would be measured on their way from one theme to the other.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        # All of it in sight: else floating bars lie over half a button.
        whole = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(900, whole)})
        assert_accessible(page)
        across = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert across <= 0, f"{page.url} scrolls sideways at {width} px"
    if looks and before:
        page.set_viewport_size(before)
    elif not looks:
        found = violations(page)
        assert found == [], f"{page.url} ({before}): " + "\n".join(found)


TEXT = b"The sick leave procedure has three steps. " * 40


@pytest.fixture
def server(administrator: User, standin: StandinProcess, tenant_key: str) -> Server:
    cache.clear()
    made = Server(name="Test server", slug="test", base_url=standin.base_url, is_default=True)
    made.api_key = tenant_key
    made.save()
    return made


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Company handbook")


@pytest.fixture
def url(server: Server, dataset: Dataset) -> str:
    return server.url("documents:list", dataset.id)


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> Callable[[str], Document]:
    def store(name: str) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(TEXT), len(TEXT))
        return ragflow.documents.get(dataset.id, made.id)

    return store


@pytest.fixture
def document(ragflow: RAGFlow) -> Document:
    """Three chunks, the second with keywords and a question, the third off."""
    config = {"chunk_token_num": 1, "delimiter": "\n"}
    dataset = ragflow.datasets.create(name="Company handbook", chunk_method="naive", parser_config=config)
    text = f"First sentence.\nSecond sentence, {'x' * 200}.\nThird <b>sentence</b>.".encode()
    stored = ragflow.documents.upload(dataset, "a-rather-long-name-of-a-leave-policy.txt", io.BytesIO(text), len(text))
    made = ragflow.documents.get(dataset.id, stored.id)
    ragflow.documents.parse(made)
    end = time.monotonic() + 20
    while (made := ragflow.documents.get(dataset.id, stored.id)).run is not RunStatus.DONE:
        assert time.monotonic() < end, "the stand-in does not parse"
        time.sleep(0.05)
    _, second, third = ragflow.chunks.list(made).items
    ragflow.chunks.update(second, important_keywords=["leave", "y" * 80], questions=["How long may it be?"])
    ragflow.chunks.update(third, available=False)
    return made


@pytest.fixture
def store(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    def make(name: str, text: bytes = b"Some text.", **meta: Any) -> Document:
        made = ragflow.documents.upload(dataset, name, io.BytesIO(text), len(text))
        document = ragflow.documents.get(dataset.id, made.id)
        return ragflow.documents.update(document, meta_fields=meta) if meta else document

    return make
