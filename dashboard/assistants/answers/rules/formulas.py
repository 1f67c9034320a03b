r"""Formulas in answers: ``\(…\)``, ``\[…\]``, ``$…$`` and ``$$…$$`` are found before Markdown looks into them.

Two rules for markdown-it. The inline one makes a token of a formula. The block one keeps the lines of a formula
together that goes over several, so that none of them becomes a heading, a list or a rule; where it ends can be told
from the lines before, as a growing answer needs. Prices are text: a dollar sign begins a formula only where nothing
else makes sense.

Each opening sign is looked for its end only up to the next sign of its kind, so no text is looked through twice.
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
# The next sign that can end a formula. An escaped one does not, nor does the end of an old citation mark.
_NEXT: Final = {
    "\\(": re.compile(r"\\.", re.DOTALL),
    "\\[": re.compile(r"\\.", re.DOTALL),
    "$$": re.compile(r"\\.|##\d{1,4}\$\$|\$\$", re.DOTALL),
    "$": re.compile(r"\\.|\$", re.DOTALL),
}
_DISPLAY: Final = re.compile(r"\\.|##\d{1,4}\$\$|\$\$|`+")
_FENCE: Final = ("```", "~~~")
# Signs that no sentence in brackets has; a word; an escaped citation mark; what follows a price.
_SIGN: Final = re.compile(r"[\\^_=+<>{}|*/~]")
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_MARK: Final = re.compile(r"ID {0,2}[:\d]")
_AFTER_PRICE: Final = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True)
class Formula:
    """``source`` is the formula with its signs, ``latex`` what stands between them."""

    source: str
    latex: str
    block: bool


def use(parser: MarkdownIt) -> None:
    """Let the parser know formulas."""
    parser.inline.ruler.before("escape", "formula", _inline)
    parser.block.ruler.before("blockquote", "formula", _block, {"alt": ["paragraph", "reference"]})
    parser.add_render_rule("formula", _render)


def find(text: str, start: int, end: int) -> Formula | None:
    """The formula that begins at ``start``, where a dollar sign or a backslash stands; None when there is none."""
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
    """Where the closing sign stands."""
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
    """Whether it is a formula and not a price, or words in brackets that somebody escaped."""
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
    """A paragraph that begins with a line in which a formula of its own begins and does not end."""
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
    """What closes the formula that the line leaves open; "" when there is none."""
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
    # One that is wider than the page scrolls; then it can be reached by keyboard.
    return format_html('<span class="ra-formula" tabindex="0">{}</span>', mark_safe(drawn))  # noqa: S308
