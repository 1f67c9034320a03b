"""What the product does not do: reach into other people's libraries, or keep what was taken out of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("dashboard", "ragflow_admin") for path in (ROOT / folder).rglob("*.py"))
# Documented by Django and Python in spite of their names.
DOCUMENTED = {"_default_manager", "_exit", "_meta"}
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


def test_no_private_attribute_of_a_library_is_used() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    ours = set(DOCUMENTED)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                ours.add(node.name)
            elif isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store):
                ours.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    used = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr) and node.attr not in ours
    ]
    assert used == []
