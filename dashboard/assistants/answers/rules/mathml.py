"""LaTeX formulas as MathML, within limits of length and depth."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Final

from latex2mathml import converter, exceptions

# Characters of one formula, and of all formulas of an answer. A long formula takes a twentieth of a second.
LONGEST: Final = 2000
MOST: Final = 20_000
# How deep groups may be nested; the converter recurses for each.
DEEPEST: Final = 40

# Environments that the converter knows under another name, or would number.
_ALIASES: Final = {
    **dict.fromkeys(("align", "aligned", "split"), "align*"),
    **dict.fromkeys(("gather", "gathered", "multline"), "matrix"),
}
_ENVIRONMENT: Final = re.compile(r"(\\(?:begin|end)\{)([a-z]{4,9})(\})")
_NESTING: Final = re.compile(r"\\(?:begin|end|left|right)(?![a-zA-Z])|\\.|[{}]", re.DOTALL)
_DEEPER: Final = frozenset({"{", "\\begin", "\\left"})
_HIGHER: Final = frozenset({"}", "\\end", "\\right"})
# Browsers no longer support the attribute, so cells are aligned by CSS.
_ALIGNED: Final = re.compile(r'columnalign="(left|right)"')
# Lengths that would move a formula out of its place or over other content.
_LENGTH: Final = re.compile(
    r' (?:width|height|depth|voffset|lspace|rspace|minsize|maxsize)="'
    r'(?!-?(?:\d(?:\.\d{0,4})?|\.\d{1,4})(?:em|ex)"|\d{1,2}(?:\.\d{0,4})?(?:pt|px|mu)")[^"]*"'
)
# What the converter raises for LaTeX it can't parse: its own errors and a few others.
_NOT_UNDERSTOOD: Final[tuple[type[Exception], ...]] = (
    *(one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, Exception)),
    *(AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError),
)


@lru_cache(maxsize=512)
def of(latex: str, *, block: bool) -> str | None:
    """The formula as a ``math`` element, not yet sanitised; None if it is too long, too deep or can't be parsed."""
    if len(latex) > LONGEST or _depth(latex) > DEEPEST:
        return None
    time.sleep(0)  # let other greenlets run: an answer may have many
    latex = _ENVIRONMENT.sub(lambda found: found[1] + _ALIASES.get(found[2], found[2]) + found[3], latex)
    try:
        drawn = converter.convert(latex, display="block" if block else "inline")
    except _NOT_UNDERSTOOD:
        return None
    return _LENGTH.sub("", _ALIGNED.sub(r'class="ra-math-\1"', drawn))


def _depth(latex: str) -> int:
    deepest = depth = 0
    for found in _NESTING.finditer(latex):
        depth += (found[0] in _DEEPER) - (found[0] in _HIGHER)
        deepest = max(deepest, depth)
    return deepest
