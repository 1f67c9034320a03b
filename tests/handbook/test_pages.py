"""The handbook in the product: the pages for people, as safe HTML, readable without script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from dashboard.handbook import pages
from dashboard.models import Server

FOR_OTHERS = (
    "configuration",
    "production",
    "security",
    "architecture",
    "development",
    "performance",
    "ragflow-releases",
    "standin",
    "glossary",
)


def test_every_page_of_it_can_be_read_by_everybody_who_is_signed_in(viewer_client: Client) -> None:
    for page in pages.contents():
        response = viewer_client.get(page.url)
        assert response.status_code == 200
        assert f"<h1>{page.title}" in response.content.decode()
    assert len(pages.contents()) == len(pages.NAMES)


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("handbook:index")).status_code == 302


def test_only_the_pages_for_people_are_there(viewer_client: Client) -> None:
    index = viewer_client.get(reverse("handbook:index")).content.decode()
    assert "For operators and developers" not in index
    for name in FOR_OTHERS:
        assert (Path(settings.BASE_DIR) / "docs" / f"{name}.md").is_file()
        assert viewer_client.get(reverse("handbook:page", args=(name,))).status_code == 404
        assert f"{name}.md" not in index


def test_each_page_in_the_folder_is_in_the_handbook_or_for_others() -> None:
    names = {file.stem for file in (Path(settings.BASE_DIR) / "docs").glob("*.md")}
    assert names == {*pages.NAMES, *FOR_OTHERS}
    assert pages.FOR_OTHERS in (Path(settings.BASE_DIR) / "docs" / "index.md").read_text(encoding="utf-8")


def test_links_between_files_lead_to_pages_that_are_there(viewer_client: Client) -> None:
    for page in pages.contents():
        for address in re.findall(r'href="([^"]*)"', page.html):
            assert ".md" not in address
            if address.startswith("/"):
                path, _, place = address.partition("#")
                target = viewer_client.get(path)
                assert target.status_code == 200
                assert not place or f'id="{place}"' in target.content.decode()


def test_every_page_links_to_it(viewer_client: Client, ragflow_server: Server) -> None:
    page = viewer_client.get(ragflow_server.get_absolute_url()).content.decode()
    assert page.count(f'href="{reverse("handbook:index")}"') == 2  # the menu, and the account's


def test_it_can_be_read_while_there_is_no_server_and_asks_nothing(viewer_client: Client, standin: Any) -> None:
    standin.reset_requests()
    assert viewer_client.get(reverse("handbook:index")).status_code == 200
    assert standin.requests() == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<img src=x onerror=alert(1)>", "&lt;img"),
        ("[to](security.md) and [on](chat.md#ask)", 'to and <a href="/handbook/chat/#ask"'),
        ("| A | B |\n|---|---|\n| 1 | 2 |", '<th scope="col">A</th>'),
    ],
)
def test_what_stands_in_a_file_is_text_and_safe(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, text: str, kept: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "chat.md").write_text(f"# Chat\n\n{text}\n", encoding="utf-8")
    settings.BASE_DIR = tmp_path
    page = pages.page("chat")
    assert page is not None
    assert page.title == "Chat"
    assert kept in page.html
    assert "<script" not in page.html
    assert "<img" not in page.html
