"""What the code does not do: reach into private parts of others, or keep what was taken out of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("dashboard", "ragflow_admin") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# Functions that take the name of an attribute.
BY_NAME = {"setattr", "getattr", "delattr", "hasattr", "patch", "object", "attrgetter"}
# Documented by Django and Python in spite of their names.
DOCUMENTED = {"_default_manager", "_exit", "_meta", "_replace"}
# Private parts of libraries that were used, and machinery that plain code has replaced.
GONE = (
    r"\._fp\b",
    r"\._original_response\b",
    r"\._decoder\b",
    r"\._shards\b",
    r"\b_connparams\b",
    r"\bmax_body_chunk\b",
    r"\bmalloc_trim\b",
    r"\bctypes\b",
    r"\bzstandard\b",
    r"\bzlib_ng\b",
    r"\bfrom diskcache\b",
    r"\b_Alike\b",
    r"/usr/bin/python",
)


@pytest.mark.parametrize("pattern", GONE)
def test_what_was_taken_out_stays_out(pattern: str) -> None:
    files = [*FILES, ROOT / "Makefile", ROOT / "requirements.txt"]
    assert not [path for path in files if re.search(pattern, path.read_text(encoding="utf-8"))]


def nodes(paths: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path, node


@cache
def names_of_the_product() -> frozenset[str]:
    """Functions, classes, variables and attributes that the product defines."""
    found = set()
    for _path, node in nodes(FILES):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return frozenset(found)


def test_no_private_attribute_of_a_library_is_used() -> None:
    used = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for path, node in nodes(FILES)
        if isinstance(node, ast.Attribute)
        and re.match("_[a-z]", node.attr)
        and node.attr not in names_of_the_product() | DOCUMENTED
    ]
    assert used == []


def named_by(node: ast.AST) -> list[str]:
    """Names that this node takes from elsewhere, also by a string as `monkeypatch.setattr` does."""
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
        return [node.attr]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("dashboard", "ragflow_admin")):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return [text.rpartition(".")[2] for text in texts] if called in BY_NAME else []
    return []


def test_no_test_uses_a_private_name_of_the_product() -> None:
    private = {name for name in names_of_the_product() if re.match("_[A-Za-z]", name)} - DOCUMENTED
    used = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"  # type: ignore[attr-defined]
        for path, node in nodes(TESTS)
        for name in named_by(node)
        if name in private
    ]
    assert used == []
