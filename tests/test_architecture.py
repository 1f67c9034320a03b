"""The import rules of docs/architecture.md, read from the import statements themselves."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.code.imports import imports, modules, of, under

ROOT = Path(__file__).parent.parent
# From the bottom up: each may import those before it, and none after it.
ORDER = (
    "ragflow", "models", "sandbox", "core", "audit", "servers", "accounts", "journal", "jobs", "conditions", "datasets",
    "documents", "metadata", "chunks", "graph", "ingestion", "retrieval", "assistants", "conversations", "sharing",
    "playground", "overview", "handbook", "health", "styleguide",
)  # fmt: skip
SHARED = {"ragflow", "models", "sandbox", "core"}
AREAS = set(ORDER) - SHARED
# What starts the product and its commands: it may import any of them.
OUTSIDE = {"management", "migrations"}
# Inside of an area, its folders and the modules beside them from the bottom up; "." is the modules that are not named.
# Views are above all of it: they may use the domain modules of any folder, and the views of those before theirs.
ROOMS: dict[str, tuple[str, ...]] = {
    "accounts": ("sign_in", ".", "rights", "people", "profile", "first_start"),
    "assistants": (
        "answers", "settings", "manage", "trial", "chat", "stream", "exchange", "transcript", "clearing", "compare",
        "presenter",
    ),
    "audit": (".", "log"),
    "chunks": ("source", "list", "edit", "bulk"),
    "core": ("access", "web", ".", "rendering", "templatetags"),
    "datasets": (
        "signals", "shrinking", "pictures", "methods", "list", "access", "views", "settings", "forms", "deletion",
        "tags",
    ),
    "documents": ("originals", "settings_change", "parsing", "query", "table", "bulk", "outdated", "uploads", "detail"),
    "jobs": (".", "activity"),
    "metadata": (".", "change", "csv", "grid"),
    "ragflow": (
        "reach", "http", "transfer", "releases", "dialects", "safety", "ingestion", "chat", "completions", "resources",
    ),
    "retrieval": (".", "lab", "question_sets"),
    "servers": (".", "manage"),
    "sharing": (".", "manage", "public"),
}  # fmt: skip


def is_view(name: str) -> bool:
    return name.rpartition(".")[2].endswith(("views", "responses"))


def area_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "dashboard" and len(parts) > 2 and parts[1] in AREAS else None


def broken(rule_holds: object, names: Iterator[str] | None = None) -> list[str]:
    """Every import for which ``rule_holds(importer, imported)`` is false."""
    return sorted(
        f"{importer} imports {imported}"
        for importer in (names or iter(modules()))
        for imported in imports(importer)
        if not rule_holds(importer, imported)  # type: ignore[operator]
    )


def test_the_areas_are_the_ones_we_know_of() -> None:
    folders = {path.parent.name for path in (ROOT / "dashboard").glob("*/__init__.py")}
    assert folders == set(ORDER) | OUTSIDE


def test_imports_run_down_the_list_of_areas() -> None:
    def place(name: str) -> int | None:
        parts = name.split(".")
        return ORDER.index(parts[1]) if parts[0] == "dashboard" and len(parts) > 1 and parts[1] in ORDER else None

    def holds(importer: str, name: str) -> bool:
        mine, theirs = place(importer), place(name)
        return mine is None or theirs is None or theirs <= mine

    assert not broken(holds)


def test_imports_run_down_the_list_of_rooms_inside_of_an_area() -> None:
    def place(name: str, area: str) -> int | None:
        rooms = ROOMS[area]
        if not under(name, f"dashboard.{area}") or name.endswith(".urls"):
            return None
        first = [*name.split("."), "."][2]
        found = first if first in rooms else "."
        return rooms.index(found) if found in rooms else None

    def holds(importer: str, name: str) -> bool:
        area = importer.split(".")[1] if importer.startswith("dashboard.") else ""
        if area not in ROOMS or (is_view(importer) and not is_view(name)):
            return True
        mine, theirs = place(importer, area), place(name, area)
        return mine is None or theirs is None or theirs <= mine

    assert not broken(holds)


def test_every_folder_of_an_area_has_its_place() -> None:
    for area in AREAS | SHARED:
        folders = {path.parent.name for path in (ROOT / "dashboard" / area).glob("*/__init__.py")} - {"templatetags"}
        assert folders == folders & {*ROOMS.get(area, ())}, area


def test_jobs_and_the_core_import_no_area() -> None:
    assert not broken(lambda _, name: area_of(name) is None, of("dashboard.core"))
    # A job's writes are recorded like all others, and it needs the client for its server.
    needed = (None, "jobs", "audit", "servers")
    assert not broken(lambda _, name: area_of(name) in needed, of("dashboard.jobs"))


def test_the_reader_of_imports_sees_them() -> None:
    assert "dashboard.documents.table.views" in imports("dashboard.documents.urls")
    assert "dashboard.ragflow.errors" in imports("dashboard.ragflow.client") | imports(
        "dashboard.ragflow.http.transport"
    )
    assert "ragflow_admin.env" in imports("ragflow_admin.settings")


def test_the_client_knows_neither_django_nor_settings_nor_the_dashboard() -> None:
    foreign = ("django", "celery", "ragflow_admin", "gevent")
    assert not broken(
        lambda _, name: (
            not any(under(name, package) for package in foreign)
            and (not under(name, "dashboard") or under(name, "dashboard.ragflow"))
        ),
        of("dashboard.ragflow"),
    )


def test_only_the_client_speaks_http() -> None:
    speaking = ("requests", "urllib3", "http.client", "urllib.request", "httpx", "aiohttp")
    assert not broken(
        lambda _, name: not any(under(name, package) for package in speaking),
        (name for name in of("dashboard") if not under(name, "dashboard.ragflow")),
    )


def test_inside_the_client_only_calls_and_their_pool_use_requests() -> None:
    allowed = {f"dashboard.ragflow.http.{name}" for name in ("call", "pool", "transport_errors", "streams")}
    assert {
        name for name in of("dashboard.ragflow") if any(under(found, "requests") for found in imports(name))
    } <= allowed


def test_the_stand_in_and_the_product_share_no_code() -> None:
    assert not broken(
        lambda _, name: (
            not under(name, "dashboard") and (not under(name, "ragflow_admin") or under(name, "ragflow_admin.standin"))
        ),
        of("ragflow_admin.standin"),
    )
    assert not broken(lambda _, name: not under(name, "ragflow_admin.standin"), of("dashboard"))


def test_the_dashboard_does_not_import_the_project_that_wires_it() -> None:
    assert not broken(lambda _, name: not under(name, "ragflow_admin"), of("dashboard"))


def test_models_and_what_all_pages_share_know_no_area() -> None:
    for package in ("dashboard.models", "dashboard.core"):
        assert not broken(lambda _, name: area_of(name) is None, of(package))
    assert not broken(
        lambda _, name: not under(name, "dashboard") or under(name, "dashboard.models"), of("dashboard.models")
    )


def test_areas_do_not_import_each_others_views_forms_or_urls() -> None:
    def holds(importer: str, name: str) -> bool:
        surface = is_view(name) or name.rpartition(".")[2] in ("urls", "forms")
        # the URL "/" is the only view in the table of areas itself
        return (
            not surface or area_of(name) is None or area_of(name) == area_of(importer) or importer == "dashboard.urls"
        )

    assert not broken(holds, of("dashboard"))


def test_imports_run_from_urls_over_views_to_domain_modules() -> None:
    def rank(name: str) -> int | None:
        if area_of(name) is None:
            return None
        last = name.rpartition(".")[2]
        return 3 if last == "urls" else 2 if is_view(name) else 1 if last == "forms" else 0

    def holds(importer: str, name: str) -> bool:
        mine, theirs = rank(importer), rank(name)
        if mine is None or theirs is None:
            return True
        return theirs <= mine if mine in (0, 2) else theirs < mine

    assert not broken(holds, of("dashboard"))


def test_tasks_import_domain_modules_and_nothing_that_serves_pages() -> None:
    serving = ("urls", "forms", "middleware", "http")
    assert not broken(
        lambda _, name: not is_view(name) and name.rpartition(".")[2] not in serving, iter(["dashboard.tasks"])
    )


VIEWS = sorted(name for name in modules() if area_of(name) and is_view(name))


@pytest.mark.parametrize("module", VIEWS)
def test_views_see_no_api_key_and_no_raw_answer(module: str) -> None:
    hidden = {"api_key", "encrypted_api_key", "status_code", "raw", "json", "excerpt"}
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    seen = {
        f"{node.attr} in line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in hidden
    }
    assert not seen


def test_no_template_names_the_api_key() -> None:
    assert not [path for path in (ROOT / "templates").rglob("*.*") if "api_key" in path.read_text(encoding="utf-8")]


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    assert not [name for name in modules() if name.rpartition(".")[2] in ("utils", "helpers", "common", "misc")]


def test_no_folder_holds_more_than_nine_modules() -> None:
    crowded = {}
    for part in ("dashboard", "ragflow_admin", "static", "tests"):
        for folder, _, files in os.walk(ROOT / part):
            modules = [
                name for name in files if name.endswith((".py", ".js")) and name not in ("__init__.py", "urls.py")
            ]
            crowded[str(Path(folder).relative_to(ROOT))] = len(modules)
    # Migrations are a history, which only grows.
    assert [folder for folder, number in crowded.items() if number > 9 and folder != "dashboard/migrations"] == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    files = [*modules().values(), *(ROOT / "static/js").rglob("*.js"), *(ROOT / "tests").rglob("*.py")]
    lengths = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in files}
    # What Django writes is as long as the models need it.
    assert [path for path, lines in lengths.items() if lines > 300 and "migrations" not in path.parts] == []


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.*"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > 160
    ]
    assert not long


def test_no_test_module_imports_another_one() -> None:
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported = [node.module or "", *(alias.name for alias in node.names)]
            elif isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            else:
                continue
            found += [
                f"{path.relative_to(ROOT)} imports {name}"
                for name in imported
                if name.rpartition(".")[2].startswith("test_")
            ]
    assert not found, "move what they share to tests/support or a conftest"
