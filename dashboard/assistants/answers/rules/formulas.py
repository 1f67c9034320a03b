r"""Formulas in answers: ``\(…\)``, ``\[…\]``, ``$…$`` and ``$$…$$`` are found before Markdown parses them.

Two rules for markdown-it. The inline rule turns a formula into a token. The block rule keeps the lines of a multi-line
formula together, so that none of them becomes a heading, a list or a rule; its end depends only on earlier lines, as
an answer that is still growing needs. Prices stay text: a dollar sign opens a formula only if nothing else makes sense.

The search for the end of a formula stops at the next sign of its kind, so no text is scanned twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from dashboard.assistants.answers.marks import Citations
from dashboard.assistants.answers.rules import mathml

_CLOSES: Final = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
# The next sign that can end a formula. Neither an escaped sign nor the end of an old citation mark does.
_NEXT: Final = {
    "\\(": re.compile(r"\\.", re.DOTALL),
    "\\[": re.compile(r"\\.", re.DOTALL),
    "$$": re.compile(r"\\.|##\d{1,4}\$\$|\$\$", re.DOTALL),
    "$": re.compile(r"\\.|\$", re.DOTALL),
}
_DISPLAY: Final = re.compile(r"\\.|##\d{1,4}\$\$|\$\$|`+")
_FENCE: Final = ("```", "~~~")
# Signs that don't occur in a sentence in brackets; a word; an escaped citation mark; what follows a price.
_SIGN: Final = re.compile(r"[\\^_=+<>{}|*/~]")
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_MARK: Final = re.compile(r"ID {0,2}[:\d]")
_AFTER_PRICE: Final = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class Formula:
    """``source`` is the formula with its delimiters, ``latex`` without them."""

    source: str
    latex: str
    block: bool


def use(parser: MarkdownIt) -> None:
    """Install the rules for formulas."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before("blockquote", "formula", _block, {"alt": ["paragraph", "reference"]})
    parser.add_render_rule("formula", _render)


def find(text: str, start: int, end: int) -> Formula | None:
    """The formula that begins at ``start``, the position of a dollar sign or a backslash; None if there is none."""
    opener = text[start : start + 2]
    if opener not in _CLOSES:
        opener = opener[:1]
        if opener != "$":
            return None
    if opener == "$" and not _may_open(text, start):
        return None
    inside = start + len(opener)
    stop = _end(text, inside, end, opener)
    if stop is None:
        return None
    latex = text[inside:stop]
    closed = stop + len(opener)
    if opener == "$" and not _may_close(text, stop, end):
        return None
    if not _makes_sense(latex, opener):
        return None
    return Formula(text[start:closed], latex.strip(), opener in ("\\[", "$$"))


def _end(text: str, inside: int, end: int, opener: str) -> int | None:
    """The position of the closing sign; None if there is none."""
    closer = _CLOSES[opener]
    for found in _NEXT[opener].finditer(text, inside, end):
        if found[0] == closer:
            return found.start()
        if found[0] == opener:
            return None
    return None


def _may_open(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(after) and not after.isspace() and not (before.isascii() and before.isalnum())


def _may_close(text: str, at: int, end: int) -> bool:
    before, after = text[at - 1], text[at + 1 : min(at + 2, end)]
    return not before.isspace() and not (after.isascii() and after.isalnum())


def _makes_sense(latex: str, opener: str) -> bool:
    """Whether it is a formula, and not a price or words in escaped brackets."""
    words = latex.strip()
    if not words or _MARK.match(words):
        return False
    spaced = any(sign.isspace() for sign in words)
    if opener == "$" and words[0].isdigit() and spaced and "\\" not in words and _AFTER_PRICE.search(words):
        return False
    if _SIGN.search(words):
        return True
    if (spaced or latex != words) and _WORD.search(words):
        return False
    if opener == "$" and spaced and words[0].isdigit():
        return False
    return opener != "\\[" or latex != words


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "\\$":
        return False
    found = find(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).meta = {"formula": found}
    state.pos += len(found.source)
    return True


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph whose first line opens a display formula and does not close it."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if "$$" not in line and "\\[" not in line:
        return False
    if state.is_code_block(start):
        return False
    closer = _left_open(line)
    if not closer:
        return False
    if silent:
        return True
    following = start + 1
    while following < end and not state.isEmpty(following) and state.sCount[following] >= state.blkIndent:
        line = state.src[state.bMarks[following] + state.tShift[following] : state.eMarks[following]]
        if line.startswith(_FENCE):
            break
        following += 1
        if any(found[0] == closer for found in _NEXT["$$" if closer == "$$" else "\\["].finditer(line)):
            break
    state.line = following
    state.push("paragraph_open", "p", 1).map = [start, following]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, following, state.blkIndent, False).strip()
    token.map = [start, following]
    token.children = []
    state.push("paragraph_close", "p", -1)
    return True


def _left_open(line: str) -> str:
    """The closing sign of the formula that the line leaves open; "" if there is none."""
    closer = code = ""
    for found in _DISPLAY.finditer(line):
        sign = found[0]
        if sign[0] == "`":
            code = "" if sign == code else code or sign
        elif code:
            continue
        elif closer:
            closer = "" if sign == closer else closer
        elif sign in ("$$", "\\["):
            closer = _CLOSES[sign]
    return closer


def _render(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    formula: Formula = tokens[at].meta["formula"]
    citations: Citations = env["citations"]
    citations.drawn += len(formula.latex)
    drawn = mathml.of(formula.latex, block=formula.block) if citations.drawn <= mathml.MOST else None
    if drawn is None:
        return format_html('<span class="ra-formula-source" dir="ltr">{}</span>', formula.source)
    if not formula.block:
        return drawn
    # A wide formula scrolls, so it must be reachable by keyboard.
    return format_html('<span class="ra-formula" tabindex="0">{}</span>', mark_safe(drawn))  # noqa: S308
