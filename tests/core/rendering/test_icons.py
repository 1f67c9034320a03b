"""Icons come from one static file that holds those the product names."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import Client

from dashboard.core.rendering import icons
from dashboard.core.rendering.icon_finder import IconFinder
from dashboard.models import Server
from ragflow_admin import settings as product

SVG = "{http://www.w3.org/2000/svg}"
IN_TEMPLATES = re.compile(r"""{% icon ["']([^"']+)["']| (?:action_)?icon=["']([^"']+)["']|\bicon\(["']([^"']+)["']""")


@pytest.fixture(autouse=True)
def icons_drawn_anew():
    """Their address depends on settings that tests change."""
    icons.svg.cache_clear()
    yield
    icons.svg.cache_clear()


def icon(source: str) -> str:
    return Template("{% load ui %}" + source).render(Context())


def sprite() -> dict[str, ElementTree.Element]:
    found = finders.find(icons.SPRITE)
    assert isinstance(found, str)
    return {symbol.attrib["id"]: symbol for symbol in ElementTree.parse(found).getroot()}


def test_an_icon_is_shown_from_the_sprite_and_hidden_from_screen_readers() -> None:
    assert icon('{% icon "database" size="lg" css="ra-ok" %}') == (
        '<svg class="ra-i ra-i--lg ra-ok" aria-hidden="true"><use href="/static/icons.svg#database"/></svg>'
    )


@pytest.mark.parametrize("name", ["no-such-icon", "../../../package", "", '"><script>'])
def test_an_icon_that_is_not_in_the_sprite_is_an_error(name: str) -> None:
    with pytest.raises(icons.UnknownIcon):
        icons.svg(name)


def test_the_sprite_holds_each_icon_as_a_drawing_that_takes_its_colour_from_the_page() -> None:
    found = sprite()
    assert set(found) == set(icons.NAMES)
    for name, symbol in found.items():
        assert symbol.tag == f"{SVG}symbol"
        assert symbol.attrib["viewBox"] == "0 0 24 24", name
        assert list(symbol), name
        assert not [
            part for part in symbol.iter() if part.attrib.get("stroke") or part.attrib.get("d") == "M0 0h24v24H0z"
        ]


def test_the_sprite_holds_what_pages_name_and_nothing_else() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for folder, pattern in (("templates", "**/*.*"), ("dashboard", "**/*.py"))
        for path in (settings.BASE_DIR / folder).glob(pattern)
        if path.name != "icons.py"
    ]
    named = {name for text in texts for found in IN_TEMPLATES.findall(text) for name in found if name}
    assert len(named) > 90
    assert named <= set(icons.NAMES)
    words = {word for text in texts for word in re.findall(r"[a-z0-9-]+", text)}
    files = {name for name in icons.NAMES if name.startswith("file-type-")}
    assert not set(icons.NAMES) - files - words
    assert not {name.removeprefix("file-type-") for name in files} - words


def test_an_icon_that_is_not_installed_is_found_by_the_checks(monkeypatch) -> None:
    monkeypatch.setattr(icons, "NAMES", {"trash", "no-such-icon"})
    [error] = IconFinder().check()
    assert "no-such-icon" in str(error.msg)


def test_an_error_page_has_icons_before_static_files_were_collected(settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT, settings.STORAGES = str(tmp_path), product.STORAGES
    assert 'href="/static/icons.svg#trash"' in icons.svg("trash")


def test_under_a_prefix_it_is_asked_for_there(settings) -> None:
    settings.STATIC_URL = "/tools/ragflow/static/"
    assert 'href="/tools/ragflow/static/icons.svg#trash"' in icons.svg("trash")


def test_no_page_draws_an_icon_itself(ragflow_server: Server, curator_client: Client) -> None:
    page = curator_client.get(ragflow_server.url("datasets:list")).content.decode()
    assert page.count("/icons.svg#") > 10
    assert "<symbol" not in page
