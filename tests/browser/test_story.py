"""The main job, lived through in Chromium on the whole running product: from signing in to a cited answer's chunk.

With RAGFlow 0.27 the product has its host to itself; with 0.24 it is below a path, which nothing may lead out of.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import assert_accessible
from tests.support.processes.product import PASSWORD, USERNAME, RunningProduct

pytestmark = [pytest.mark.browser, pytest.mark.releases]

POLICY = """# Bicycle policy

The lease of a company bicycle runs for thirty-six months. It costs 42 euros a month.

The bicycle may be used privately. A stolen bicycle must be reported to the facility desk within two days.
"""
PARSING_TAKES = 60_000
TURNS_UP = 20_000


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, release: str) -> Iterator[RunningProduct]:
    """The product with its own demo, a 0.27, or below a path and with an older RAGFlow that has the same demo."""
    with ExitStack() as stack:
        older = {}
        if release == "0.24":
            process = StandinProcess(tmp_path_factory.mktemp("standin"), release=release, seed="demo", speed=1)
            standin = stack.enter_context(process)
            older = {
                "RAGFLOW_BASE_URL": standin.base_url,
                "RAGFLOW_API_KEY": standin.key,
                "SCRIPT_NAME": "/ragflow-admin",
            }
        yield stack.enter_context(RunningProduct(tmp_path_factory.mktemp("product"), **older))


@pytest.fixture
def visitor(whole_browser: Browser, product: RunningProduct) -> Iterator[Page]:
    """A new browser; no script may fail, and nothing be asked for that is missing or not below the product's path."""
    context = whole_browser.new_context(viewport={"width": 1440, "height": 900})
    below = f"{urlsplit(product.address).path}/"
    context.set_default_timeout(TURNS_UP)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    page.on("request", lambda one: problems.append(one.url) if not urlsplit(one.url).path.startswith(below) else None)
    yield page
    assert {cookie["path"] for cookie in context.cookies()} == {below}
    context.close()
    assert problems == []


def audit(page: Page) -> None:
    """axe-core finds nothing, wide in light colours and on a phone in dark ones; nothing scrolls sideways."""
    for theme, width, height in (("light", 1440, 900), ("dark", 390, 844)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("networkidle")
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")
        assert_accessible(page)
        across = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert across <= 0, f"{page.url} scrolls sideways at {width} px"
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_newcomer_gets_from_an_empty_dataset_to_the_chunk_behind_a_cited_answer(
    visitor: Page, product: RunningProduct, tmp_path: Path
) -> None:
    page = visitor
    policy = tmp_path / "bicycle-policy.md"
    policy.write_text(POLICY)
    # A second attempt meets the datasets of the first.
    dataset = f"House rules {secrets.token_hex(2)}"
    (tmp_path / "meeting-rooms.txt").write_text("The blue room seats twelve people. Book it at the reception desk.\n")

    page.goto(f"{product.address}/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    audit(page)
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/servers/[a-z]+/$"))
    audit(page)

    page.get_by_role("link", name="Datasets", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="Datasets")).to_be_visible()
    audit(page)
    page.get_by_role("link", name="New dataset").click()
    audit(page)
    page.get_by_label("Name", exact=True).fill(dataset)
    page.get_by_role("button", name=re.compile("Make dataset|Create dataset")).click()
    expect(page.get_by_role("heading", level=1, name=dataset)).to_be_visible()
    expect(page.get_by_role("heading", name="Drop files or folders here")).to_be_visible()
    audit(page)

    page.locator("#upload-files").set_input_files([policy, tmp_path / "meeting-rooms.txt"])
    row = page.get_by_role("row", name=re.compile("bicycle-policy.md"))
    expect(row).to_be_visible()
    expect(row).to_contain_text(re.compile("Parsing|Queued|Parsed"))
    expect(row).to_contain_text("Parsed", timeout=PARSING_TAKES)
    expect(page.get_by_role("row", name=re.compile("meeting-rooms.txt"))).to_contain_text(
        "Parsed", timeout=PARSING_TAKES
    )
    expect(page).to_have_title(re.compile(dataset))
    audit(page)

    row.get_by_role("link", name="bicycle-policy.md", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="bicycle-policy.md")).to_be_visible()
    expect(page.get_by_text("thirty-six months")).to_be_visible()
    audit(page)

    page.get_by_role("link", name="Assistants", exact=True).first.click()
    audit(page)
    page.get_by_role("link", name="New assistant").first.click()
    audit(page)
    page.get_by_label("Name", exact=True).fill("House assistant")
    page.get_by_label(re.compile(dataset)).check()
    page.get_by_role("button", name="Create assistant").click()
    # The form has a field for a question, too.
    expect(page).to_have_url(re.compile(r"/assistants/[0-9a-f]{32}/$"))
    question = page.get_by_label("Question")
    expect(question).to_be_visible()
    audit(page)

    question.fill("For how many months does the lease of a company bicycle run?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name=re.compile("Answer 1"))
    expect(answer).to_contain_text("thirty-six months")
    expect(answer).not_to_have_attribute("aria-busy", "true")
    citation = answer.locator(".ra-cite").first
    expect(citation).to_be_visible()
    audit(page)

    citation.click()
    source = page.locator(".ra-src.is-current").first
    expect(source).to_contain_text("bicycle-policy.md")
    expect(source).to_contain_text("Hybrid")
    audit(page)
    page.reload()
    expect(page.get_by_role("article", name=re.compile("Answer 1"))).to_contain_text("thirty-six months")

    page.get_by_role("article", name=re.compile("Answer 1")).locator(".ra-cite").first.click()
    page.locator(".ra-src.is-current").get_by_role("link", name=re.compile("chunk", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile(r"/chunks/\?chunk="))
    expect(page.locator(".ra-chunk.is-current")).to_contain_text("thirty-six months")
    audit(page)


def test_the_demo_answers_how_to_use_the_dashboard(visitor: Page, product: RunningProduct) -> None:
    page = visitor
    page.goto(f"{product.address}/sign-in/")
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Assistants", exact=True).first.click()
    page.get_by_role("link", name="Handbook assistant").first.click()
    page.get_by_label("Question").fill("How do I upload documents to a dataset?")
    page.get_by_role("button", name="Send").click()
    answer = page.get_by_role("article", name=re.compile("Answer 1"))
    expect(answer.locator(".ra-cite").first).to_be_visible()
    expect(page.locator(".ra-src").first).to_contain_text(".md")
