"""What is left of Tabler's style sheet is what our pages use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tinycss2
from django.conf import settings

from dashboard.core.rendering import purge

TABLER = Path(settings.NODE_MODULES, "@tabler/core/dist/css/tabler.min.css")
CLASSES = re.compile(r'\bclass="([^"]*)"')
# A name that begins with text and goes on with a value: Tabler's are long-handed, ours (ra-…, is-…) are not purged.
COMPOSED_IN_TEMPLATE = re.compile(r"[\w-]*[a-z]-\{\{|\}\}-?[a-z][\w-]*")
COMPOSED_IN_SCRIPT = re.compile(r"(?:classList\.\w+|className)[^;\n]*?`[^`]*\$\{[^`]*`")


def selectors(css: str) -> set[str]:
    """Every class that some rule of the sheet is about."""
    found: set[str] = set()
    rules = list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
    while rules:
        rule = rules.pop()
        if rule.type == "qualified-rule":
            found |= purge.classes(rule.prelude)
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in purge.NESTING:
            rules += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
    return found


def test_every_class_that_our_sources_name_keeps_its_rules() -> None:
    before = TABLER.read_text()
    known = purge.words(purge.sources())
    after = purge.purge(before, known)
    named = {
        name
        for path in purge.sources()
        for found in CLASSES.findall(path.read_text())
        for name in re.split(r"[\s{}%]+", found)
    }
    used = selectors(before) & named
    assert {"btn", "btn-primary", "btn-sm", "form-control", "form-select", "form-check-input"} <= used
    assert used <= selectors(after)
    assert not selectors(after) - known
    assert len(after) < len(before) / 4


@pytest.mark.parametrize("path", purge.sources(), ids=lambda path: path.name)
def test_no_class_of_the_library_is_put_together_from_parts(path: Path) -> None:
    text = path.read_text()
    if path.suffix == ".html":
        for found in CLASSES.findall(text):
            for name in COMPOSED_IN_TEMPLATE.findall(re.sub(r"\{%.*?%\}", " ", found)):
                assert name.startswith(("ra-", "is-", "c-", "s-")), f"{path}: write out the class {name}…"
    elif path.suffix == ".js":
        for name in COMPOSED_IN_SCRIPT.findall(text):
            assert "`ra-" in name or "`is-" in name, f"{path}: write out the class in {name}"


def test_a_rule_stays_for_the_selectors_that_can_meet_something() -> None:
    css = (
        ":root{--a:1}a{b:c}.used,.unused{x:y}.used.unused{x:y}.unused>.used{x:y}.used:not(.unused){x:y}"
        "@media (min-width:1px){.unused{x:y}}@media print{.used{x:y}}@font-face{font-family:z}"
        "@keyframes turn{0%{top:0}to{top:1px}}[data-bs-theme=dark] .used::before{content:'.unused'}"
    )
    assert purge.purge(css, {"used"}) == (
        ":root{--a:1}a{b:c}.used{x:y}.used:not(.unused){x:y}@media print{.used{x:y}}@font-face{font-family:z}"
        '@keyframes turn{0%{top:0}to{top:1px}}[data-bs-theme=dark] .used::before{content:".unused"}'
    )


def test_a_broken_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        purge.purge("a{b:c}\n.x", {"x"})
