"""The source beside the chunks in Chromium: pages of a PDF with the chunk marked, and texts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from tests.browser.chunks.conftest import address, parsed
from tests.browser.conftest import LOOKS, NewPage, assert_accessible

pytestmark = pytest.mark.browser
PDF = Path(settings.BASE_DIR) / "ragflow_admin/standin/demo/security-policy.pdf"


@pytest.fixture
def policy(ragflow: RAGFlow) -> Document:
    """Three pages of a PDF in several chunks."""
    return parsed(ragflow, "security-policy.pdf", PDF.read_bytes(), 40)


def ink(page: Page) -> int:
    """Dark points on the drawn page: an empty one has none."""
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector(".ra-pdf-page canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              let dark = 0;
              for (let at = 0; at < data.length; at += 4) if (data[at + 3] && data[at] < 80) dark += 1;
              return dark;
            }"""
        )
    )


@pytest.mark.thorough
def test_the_source_is_accessible(page: Page, server: Server, policy: Document) -> None:
    page.goto(address(server, policy))
    expect(page.get_by_role("region", name="Page 1 of 3, Chunk 1 highlighted")).to_be_visible(timeout=30_000)
    expect(page.locator(".ra-pdf-text span").first).to_be_attached()
    assert_accessible(page, LOOKS)


def test_the_pdf_follows_the_chunk_that_is_looked_at(page: Page, server: Server, policy: Document) -> None:
    page.goto(address(server, policy))
    view = page.locator("[data-pdf-view]")
    expect(view).to_have_attribute("aria-label", "Page 1 of 3, Chunk 1 highlighted", timeout=30_000)
    expect(page.locator(".ra-pdf-marks rect")).to_have_count(1)
    assert ink(page) > 500

    last = page.get_by_role("article").last
    last.get_by_role("link", name="page 3").click()
    expect(view).to_have_attribute("aria-label", f"Page 3 of 3, {last.get_attribute('aria-label')} highlighted")
    assert f"chunk={(last.get_attribute('id') or '').removeprefix('chunk-')}" in page.url
    assert "source=1" in page.url

    page.keyboard.press("Control+Home")
    page.get_by_role("article", name="Chunk 1", exact=True).focus()
    expect(view).to_have_attribute("aria-label", "Page 1 of 3, Chunk 1 highlighted")
    page.keyboard.press("j")
    expect(view).to_have_attribute("aria-label", "Page 1 of 3, Chunk 2 highlighted")

    page.get_by_role("button", name="Next page").click()
    expect(view).to_have_attribute("aria-label", "Page 2 of 3")
    expect(page.get_by_role("spinbutton", name="Page")).to_have_value("2")
    page.reload()
    expect(view).to_have_attribute("aria-label", "Page 1 of 3, Chunk 2 highlighted", timeout=30_000)


def test_a_chunk_whose_place_nobody_tells_is_found_by_its_words(
    page: Page, server: Server, policy: Document, ragflow: RAGFlow
) -> None:
    ragflow.chunks.add(policy, "Customer data are confidential. They are processed in the shop system only")
    strange = ragflow.chunks.add(policy, "Nobody ever wrote this into the policy.")
    page.goto(address(server, policy))
    view = page.locator("[data-pdf-view]")
    card = page.get_by_role("article").filter(has_text="shop system only").first

    card.get_by_role("link", name="source").click()

    expect(page.get_by_text("Located by its text")).to_be_visible(timeout=30_000)
    expect(view).to_have_attribute("aria-label", f"Page 2 of 3, {card.get_attribute('aria-label')} highlighted")
    assert page.locator(".ra-pdf-marks rect").count() >= 1
    page.locator(f"#chunk-{strange.id}").get_by_role("link", name="source").click()
    expect(page.get_by_text("be located in the file")).to_be_visible()
    expect(page.locator(".ra-pdf-marks rect")).to_have_count(0)


def test_only_the_page_that_is_shown_is_drawn_and_zooming_draws_it_sharper(
    page: Page, server: Server, policy: Document
) -> None:
    page.goto(address(server, policy))
    canvas = page.locator("[data-pdf-view] canvas")
    expect(canvas).to_have_count(1, timeout=30_000)
    width = canvas.evaluate("canvas => canvas.width")
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator(f"[data-pdf-view] canvas:not([width='{width}'])")).to_have_count(1)
    assert canvas.evaluate("canvas => canvas.width") > width
    page.get_by_role("button", name="Fit the width").click()
    expect(page.locator(f"[data-pdf-view] canvas[width='{width}']")).to_have_count(1)


def scan() -> bytes:
    """A PDF of one page that is a picture in JPEG 2000, as scanners make them: half of it black."""
    picture = Image.new("L", (64, 64), 255)
    picture.paste(0, (0, 0, 64, 32))
    packed = io.BytesIO()
    picture.save(packed, "JPEG2000", irreversible=False)
    pixels, drawing = packed.getvalue(), b"q 300 0 0 300 0 0 cm /P Do Q"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        b"<</Type/XObject/Subtype/Image/Width 64/Height 64/Filter/JPXDecode/Length %d>>stream\n%b\nendstream"
        % (len(pixels), pixels),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_a_scan_is_drawn_though_the_policy_allows_no_webassembly(page: Page, server: Server, policy: Document) -> None:
    page.route("**/download/", lambda route: route.fulfill(body=scan()))

    page.goto(address(server, policy))

    expect(page.locator("[data-pdf-view] canvas")).to_have_count(1, timeout=30_000)
    share = ink(page) / page.locator("[data-pdf-view] canvas").evaluate("canvas => canvas.width * canvas.height")
    assert 0.45 < share < 0.55


def test_a_broken_pdf_says_so_and_the_chunks_are_there_all_the_same(
    page: Page, server: Server, policy: Document
) -> None:
    page.route("**/download/", lambda route: route.fulfill(body="%PDF-1.7 and nothing that could be read"))

    page.goto(address(server, policy))

    expect(page.get_by_text("This PDF cannot be read.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("article", name="Chunk 1", exact=True)).to_contain_text("Information security policy")


def test_a_pdf_without_pages_says_so(page: Page, server: Server, policy: Document) -> None:
    empty = Path(settings.BASE_DIR) / "tests/chunks/source/files/zero-pages.pdf"
    page.route("**/download/", lambda route: route.fulfill(body=empty.read_bytes()))

    page.goto(address(server, policy))

    expect(page.get_by_text("This PDF has no pages.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("spinbutton", name="Page")).to_be_hidden()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["text.txt", "people.csv"])
def test_texts_and_tables_are_accessible(page: Page, name: str, server: Server, ragflow: RAGFlow) -> None:
    content = "Name,Phone,Place\n" + "\n".join(f"Person {number},21{number},Floor {number}" for number in range(150))
    document = parsed(ragflow, name, content.encode(), 60)
    page.goto(address(server, document))
    expect(page.locator("#source-body [data-hit]")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_a_text_follows_the_chunk_and_stays_in_place(page: Page, server: Server, text: Document) -> None:
    page.goto(address(server, text))
    mark = page.locator("#source-body mark")
    expect(mark).to_have_text("Line 000 of the text says something of its own.")
    page.get_by_role("link", name="Next page").click()
    expect(mark).to_have_text("Line 025 of the text says something of its own.")
    page.get_by_role("article", name="Chunk 40").click()
    expect(mark).to_have_text("Line 039 of the text says something of its own.")
    expect(mark).to_be_in_viewport()
    page.get_by_role("link", name="Close the source").click()
    expect(page.get_by_role("complementary", name="Document")).to_be_visible()
    assert "source=1" not in page.url


def test_without_script_keywords_are_lines_and_the_source_has_a_page(
    new_page: NewPage, administrator: User, server: Server, text: Document, ragflow: RAGFlow
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(address(server, text))
    page.get_by_role("link", name="Open the source on its own page").click()
    expect(page.get_by_role("region", name="Source")).to_contain_text("Line 003")
    page.go_back()
    page.get_by_role("link", name="Edit this chunk").first.click()
    page.get_by_role("textbox", name="Keywords, one per line").fill("leave\nnotice period")
    page.get_by_role("button", name="Save chunk").click()
    expect(page.get_by_role("article", name="Chunk 1", exact=True)).to_contain_text("notice period")
    assert ragflow.chunks.list(text).items[0].important_keywords == ("leave", "notice period")
