"""The style sheets are ours, few, and such as people can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from ragflow_admin.settings import BASE_DIR

FOLDER = BASE_DIR / "static/css"
SHEETS = sorted(FOLDER.rglob("*.css"))
IN_ALL = 4750
OF_A_FILE = 300
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRING = re.compile(r'"[^"]*"')


def lines(sheet: Path) -> list[str]:
    return sheet.read_text(encoding="utf-8").splitlines()


def test_all_of_it_is_short_enough_to_be_read() -> None:
    assert sum(len(lines(sheet)) for sheet in SHEETS) <= IN_ALL
    assert {str(sheet): len(lines(sheet)) for sheet in SHEETS if len(lines(sheet)) > OF_A_FILE} == {}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_line_holds_one_declaration(sheet: Path) -> None:
    text = STRING.sub("", COMMENT.sub("", sheet.read_text(encoding="utf-8")))
    assert [line for line in text.splitlines() if line.count(";") > 1 or line.count("{") > 1] == []


def test_each_sheet_is_part_of_the_one_that_pages_link() -> None:
    app = FOLDER / "core/app.css"
    imported = [(app.parent / name).resolve() for name in re.findall(r'@import url\("([^"]+)"\)', app.read_text())]
    assert sorted([app, *imported]) == SHEETS


def test_a_page_links_our_sheet_and_no_other(administrator_client: Client, ragflow_server: object) -> None:
    for address in ("/sign-in/", "/style-guide/", "/handbook/"):
        page = administrator_client.get(address, follow=True).content.decode()
        links = [link for link in re.findall(r"<link[^>]*>", page) if "stylesheet" in link]
        assert [re.findall('href="([^"]+)"', link) for link in links] == [["/static/css/core/app.css"]]


def test_no_page_brings_a_sheet_of_its_own() -> None:
    named = {
        str(path.relative_to(BASE_DIR))
        for path in (BASE_DIR / "templates").rglob("*.*")
        if re.search(r'rel="stylesheet"|<style', path.read_text(encoding="utf-8"))
    }
    assert named == {"templates/core/styles.html"}
