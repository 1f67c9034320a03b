"""The settings of a dataset in Chromium: the method that is chosen, a picture, the defaults, the keyboard."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset

pytestmark = pytest.mark.browser


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="<img src=x onerror=alert(1)>", description="x" * 300)


def test_settings_are_changed_by_choosing_a_method_and_a_picture(
    page: Page, server: Server, ragflow: RAGFlow, dataset: Dataset
) -> None:
    page.goto(server.url("documents:list", dataset.id))
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Rules")
    page.get_by_text("Laws", exact=True).click()
    expect(page.locator("#method-title")).to_have_text("Laws")
    expect(page.get_by_label("Chunk size", exact=True)).to_have_count(0)
    page.get_by_label("Keywords per chunk", exact=True).fill("4")
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(buffer, "PNG")
    page.locator("#id_picture_file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Settings saved")).to_be_visible()
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    expect(page.get_by_label("Keywords per chunk", exact=True)).to_have_value("4")
    stored = ragflow.datasets.get(dataset.id)
    assert (stored.name, stored.chunk_method, stored.parser_config["auto_keywords"]) == ("Rules", "laws", 4)
    assert stored.avatar.startswith("data:image/jpeg")


def test_the_defaults_come_back_without_losing_what_was_typed(page: Page, server: Server, dataset: Dataset) -> None:
    page.goto(server.url("datasets:settings", dataset.id))
    page.get_by_label("Name", exact=True).fill("Typed")
    page.get_by_label("Chunk size", exact=True).fill("99")

    page.get_by_role("button", name="Reset the method's settings to their defaults").click()

    expect(page.get_by_label("Chunk size", exact=True)).to_have_value("512")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed")


def test_changes_that_are_not_saved_are_counted_and_not_lost_by_leaving(
    page: Page, server: Server, dataset: Dataset
) -> None:
    url = server.url("datasets:settings", dataset.id)
    page.goto(url)
    bar = page.locator(".ra-save")
    expect(bar).to_contain_text("Documents keep the settings")
    page.get_by_label("Name", exact=True).fill("Typed")
    expect(bar).to_contain_text("1 unsaved change")
    page.get_by_label("Chunk size, slider").press("ArrowRight")
    page.get_by_text("Excel sheets as HTML tables").click()
    expect(bar).to_contain_text("3 unsaved changes")
    page.get_by_role("button", name="Reset the method's settings to their defaults").click()
    expect(bar).to_contain_text("1 unsaved change")

    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Documents", exact=False).first.click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed")
    assert asked == ["beforeunload"]

    bar.get_by_role("link", name="Discard").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(dataset.name)
    expect(bar).to_contain_text("Documents keep the settings")
    assert asked == ["beforeunload"]
