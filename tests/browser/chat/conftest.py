"""The dashboard as it runs in production, with an assistant to ask, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person, Web
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

QUESTION = "How many months of parental leave may each parent take?"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def running(standin_process: StandinProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The dashboard, the stand-in behind it, and an assistant that has read a policy."""
    standin_process.reset()
    key = standin_process.new_key()
    ragflow = RAGFlow(standin_process.base_url, key)
    assistant = assistant_on(ragflow, parsed_dataset(ragflow), "Handbook assistant")
    var_dir: Path = tmp_path_factory.mktemp("web")
    with Web(var_dir, standin_process.base_url, key) as web:
        yield World(web, standin_process, ragflow, assistant, key)


@pytest.fixture(scope="module")
def signed_in(running: World) -> Person:
    return running.web.person()


@pytest.fixture
def world(running: World, standin: StandinProcess) -> Iterator[World]:
    standin.answering(0.005)
    yield running
    standin.answering(0.005)


@pytest.fixture
def open_page(browser: Browser, world: World, signed_in: Person) -> Iterator[Open]:
    """Opens an address, signed in; at the end no page may have had a script error or a CSP violation."""
    contexts, problems = [], []

    def make(path: str, *, width: int = 1440, height: int = 900, theme: str = "light") -> Page:
        context = browser.new_context(
            base_url=world.web.address,
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        cookie = signed_in.http.cookies["sessionid"]
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": world.web.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(message.text, page, problems))
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def _note(text: str, page: Page, problems: list[str]) -> None:
    # axe measures with inline styles, which our policy rightly refuses
    if "Content Security Policy" in text and not getattr(page, "_audited", False):
        problems.append(f"{page.url}: {text}")


def ask(page: Page, question: str = QUESTION) -> None:
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")


def begins(page: Page, number: int = 1) -> None:
    """Waits for the answer's first words. (That nothing waits any more would hold before there is an answer, too.)"""
    expect(page.locator(f"#answer-{number} [data-open]")).not_to_be_empty()


def answered(page: Page, number: int = 1) -> None:
    expect(page.locator(f"#answer-{number}[aria-busy]")).to_have_count(0)
    expect(page.locator(f"#answer-{number} .ra-a-foot")).to_be_visible()
