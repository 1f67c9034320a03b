"""A library's style sheet without the rules that no page of ours can need.

Tabler brings 635 KB of rules, of which our pages use a seventh. A rule goes when each of its selectors names a class
that is written nowhere in our templates, scripts and Python code. A class whose name is put together from parts would
not be found: write it out (tests/core/test_purge.py looks for such in templates and scripts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import tinycss2
from django.conf import settings

# Where classes are named: folder under the project, pattern.
SOURCES: Final = (("templates", "**/*.html"), ("static/js", "**/*.js"), ("dashboard", "**/*.py"))
# At-rules with rules in them.
NESTING: Final = ("media", "supports", "layer", "container")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")


def sources() -> list[Path]:
    """Every file that may name a class."""
    return sorted(path for folder, pattern in SOURCES for path in (settings.BASE_DIR / folder).glob(pattern))


def words(paths: Iterable[Path]) -> set[str]:
    """Everything in the files that could be the name of a class."""
    return {word for path in paths for word in _WORD.findall(path.read_text(encoding="utf-8"))}


def purge(css: str, known: set[str]) -> str:
    """``css`` without the rules that can only meet classes not ``known``. Raises ValueError for a broken sheet."""
    return _rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), known)


def _rules(rules: Iterable[Any], known: set[str]) -> str:
    kept = []
    for rule in rules:
        if rule.type == "error":
            raise ValueError(f"line {rule.source_line}: {rule.message}")
        if rule.type == "qualified-rule":
            selectors = [one for one in _selectors(rule.prelude) if known.issuperset(classes(one))]
            if selectors:
                heads = ",".join(tinycss2.serialize(one) for one in selectors)
                kept.append(f"{heads}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in NESTING:
            inner = _rules(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), known)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        else:
            kept.append(rule.serialize())
    return "".join(kept)


def _selectors(prelude: Sequence[Any]) -> Iterator[list[Any]]:
    """The parts between commas."""
    part: list[Any] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def classes(selector: Sequence[Any]) -> set[str]:
    """The classes that an element must meet; what stands in brackets, such as ``:not(.x)``, is no such condition."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}
