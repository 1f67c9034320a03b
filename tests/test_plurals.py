"""Sentences that count things have a singular: "1 chunk", not "1 chunks"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
THINGS = (
    "assistants|bytes|characters|chunks|datasets|documents|edits|entities|files|hits|keys|lines|questions|rows|runs|"
    "sessions|tokens"
)
SIMPLE = {"_", "_lazy", "gettext", "gettext_lazy"}
# A number that is a limit, or that is large where the sentence is said at all.
NEVER_ONE = re.compile(
    r"at most|more than|Show all|up to|the first|too many|too long|chunks match|The document has .* chunks|"
    r"This is about|The file changes",
    re.IGNORECASE,
)
COUNTED = re.compile(rf"(%\((\w+)\)[sd]|\{{\{{ ?\w+ ?\}}\}}) (\w+ )?({THINGS})\b")
IN_JINJA = re.compile(r'\b_\("((?:[^"\\]|\\.)*)"')
WORDS = re.compile(r"{% blocktranslate(?P<how>[^%]*)%}(?P<text>.*?){% endblocktranslate %}", re.DOTALL)


def in_python() -> Iterator[str]:
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SIMPLE
            if called and node.args and isinstance(node.args[0], ast.Constant):
                yield f"{path.relative_to(ROOT)}: {node.args[0].value}"


def in_templates() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.html"):
        for found in WORDS.finditer(path.read_text(encoding="utf-8")):
            if not re.search(r"\bcount\b \w+=", found["how"]):
                yield f"{path.relative_to(ROOT)}: {found['text'].strip()}"
    for path in (ROOT / "templates").rglob("*.jinja"):
        for text in IN_JINJA.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}: {text}"


def test_the_finder_sees_what_it_looks_for() -> None:
    assert COUNTED.search("%(n)s chunks")
    assert COUNTED.search("{{ n }} older datasets")
    assert len(list(in_python())) > 300
    assert len(list(in_templates())) > 50


def test_no_sentence_counts_things_without_a_singular() -> None:
    texts = [text for text in (*in_python(), *in_templates()) if "dashboard/styleguide" not in text]
    assert not [text for text in texts if COUNTED.search(text) and not NEVER_ONE.search(text)]
