"""What collectstatic makes of our files and of the packages'."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from dashboard.core.rendering import icons
from ragflow_admin import settings as product


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=str(root), STORAGES=product.STORAGES):
        collect()
        yield root


def collect() -> None:
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=product.STATIC_UNUSED)


def hashed(root: Path, name: str) -> Path:
    manifest = json.loads((root / "staticfiles.json").read_text())
    return root / str(manifest["paths"][name])


def test_our_style_sheet_is_one_file(collected: Path) -> None:
    css = hashed(collected, "css/core/app.css").read_text()
    assert "@import" not in css
    for selector in (".ra-sidebar", ".ra-table", ".ra-toast", ".ra-chat", "--ra-accent:"):
        assert selector in css
    assert re.search(r'url\("\.\./\.\./inter/inter-latin-wght-normal\.[0-9a-f]{12}\.woff2"\)', css)


def test_collecting_again_changes_nothing(collected: Path) -> None:
    before = hashed(collected, "css/core/app.css").name
    collect()
    assert hashed(collected, "css/core/app.css").name == before


def test_modules_import_each_other_by_their_hashed_names(collected: Path) -> None:
    script = hashed(collected, "js/core/app.js").read_text()
    imported = re.findall(r'import\s*"\./([^"]+)"', script)
    assert len(imported) == 5
    assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) for name in imported)
    assert all((collected / "js/core" / name).is_file() for name in imported)


def test_of_the_packages_only_what_pages_ask_for_is_collected(collected: Path) -> None:
    found = {
        name
        for folder in ("inter", "cytoscape", "pdfjs")
        for path in (collected / folder).iterdir()
        if path.is_file() and not re.search(r"\.[0-9a-f]{12}\.|\.gz$|\.br$", name := path.name)
    }
    assert found == {
        "inter-latin-wght-normal.woff2",
        "cytoscape.esm.min.mjs",
        "pdf.min.mjs",
        "pdf.worker.min.mjs",
    }
    assert (collected / "pdfjs/standard_fonts/LiberationSans-Regular.ttf").is_file()
    assert (collected / "pdfjs/wasm/openjpeg_nowasm_fallback.js").is_file()
    assert (collected / "pdfjs/cmaps/UniJIS-UTF16-H.bcmap").is_file()


def test_a_package_file_is_found_while_developing() -> None:
    assert str(finders.find("cytoscape/cytoscape.esm.min.mjs")).endswith("cytoscape/dist/cytoscape.esm.min.mjs")


def test_icons_are_asked_for_by_the_hashed_name_of_their_file(collected: Path) -> None:
    file = hashed(collected, icons.SPRITE)
    assert re.fullmatch(r"icons\.[0-9a-f]{12}\.svg", file.name)
    assert file.with_name(f"{file.name}.br").stat().st_size < 6_000
    icons.svg.cache_clear()
    try:
        assert f'href="/static/{file.name}#trash"' in icons.svg("trash")
    finally:
        icons.svg.cache_clear()


SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (product.BASE_DIR / "static/js").rglob("*.js")}


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_no_script_sends_past_the_module_that_knows_the_token_and_the_session(name: str) -> None:
    script = SCRIPTS[name]
    assert name == "session.js" or not re.search(r"\bfetch\(|sendBeacon|EventSource", script)
    from_session = r'import \{[^}]*headers[^}]*\} from "[./]+(?:core/)?session\.js"'
    assert "XMLHttpRequest" not in script or re.search(from_session, script)
    assert "hx-headers" not in script


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_what_belongs_to_an_input_method_is_decided_in_one_module(name: str) -> None:
    assert name == "composing.js" or not re.search(r"isComposing|keyCode|229", SCRIPTS[name])


def test_no_page_has_a_token_that_scripts_would_find_old() -> None:
    assert "hx-headers" not in (product.BASE_DIR / "templates/base.html").read_text(encoding="utf-8")
