"""``make screenshots``: the README's two pictures, taken of the running product with its demo."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import chromium, driver
from tests.support.processes.product import PASSWORD, ROOT, USERNAME, RunningProduct

IMAGES = ROOT / "docs/images"
NEW_FILES = ("onboarding-plan", "fire-drill-2026", "laptop-requests", "visitor-rules", "parking-permits")
SENTENCES = (
    "Every new colleague gets a partner for the first four weeks, and a laptop on the first morning.",
    "Requests go through the staff portal; the facility desk answers within two working days.",
    "Visitors sign in at the reception and wear their badge until they leave the building.",
)


def main() -> int:
    """Takes the pictures; returns an exit code."""
    path = chromium.find()
    if path is None:
        print("There is no Chromium or Chrome: install Debian's chromium, or set CHROMIUM to one.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningProduct(Path(folder) / "var") as product,
        driver.started() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.QUIET))
        context = browser.new_context(base_url=product.address, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(USERNAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile("/servers/demo/$"))
        picture_of_documents(page, Path(folder))
        picture_of_chat(page)
        browser.close()
    return 0


def picture_of_documents(page: Page, folder: Path) -> None:
    """A dataset in the middle of its work: parsed, parsing and failed documents."""
    files = []
    for number, name in enumerate(NEW_FILES, start=3):
        file = folder / f"{name}.md"
        file.write_text(f"# {name}\n\n" + "\n\n".join(SENTENCES * (40 * number)))
        files.append(file)
    page.goto("/servers/demo/datasets/")
    page.get_by_role("link", name="Office documents").click()
    page.locator("#upload-files").set_input_files(files)
    expect(page.get_by_role("row", name=re.compile(NEW_FILES[-1]))).to_be_visible()
    expect(page.locator("progress.ra-progress").first).to_be_visible()
    page.locator("[data-upload-close]").or_(page.locator("[data-upload-fold]")).locator("visible=true").first.click()
    page.wait_for_timeout(1_000)
    page.screenshot(path=IMAGES / "documents.png")


def picture_of_chat(page: Page) -> None:
    """A cited answer with the source of its first mark open."""
    page.goto("/servers/demo/assistants/")
    page.get_by_role("link", name="Handbook assistant").first.click()
    page.get_by_label("Question").fill("How many days of holiday do employees have, and when do they expire?")
    page.get_by_role("button", name="Send").click()
    answer = page.get_by_role("article", name=re.compile("Answer 1"))
    expect(answer).not_to_have_attribute("aria-busy", "true")
    answer.locator(".ra-cite").first.click()
    expect(page.locator(".ra-src.is-current").first).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "chat.png")


if __name__ == "__main__":
    sys.exit(main())
