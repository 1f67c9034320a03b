"""The text direction of the blocks of an answer: each has that of its first letter.

Browsers detect it for a block of text (``dir="auto"``), but not for a block that contains others, such as a list, so
it is determined here.
"""

from __future__ import annotations

import re
from typing import Final

from markdown_it.token import Token

_LETTER: Final = re.compile(r"[^\W\d_]")
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_TEXTS: Final = frozenset({"paragraph_open", "heading_open", "th_open", "td_open"})
_HOLDERS: Final = frozenset(
    {"bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open", "table_open"}
)


def find(tokens: list[Token]) -> None:
    """Set ``dir`` on each block. Formulas, code and citations don't count."""
    waiting: list[Token] = []
    for token in tokens:
        if token.type in _TEXTS:
            token.attrSet("dir", "auto")
        elif token.type in _HOLDERS:
            waiting.append(token)
        elif token.nesting < 0 and waiting and waiting[-1].type == token.type.replace("_close", "_open"):
            waiting.pop()
        elif token.children and waiting and (found := _of(token.children)):
            for holder in waiting:
                holder.attrSet("dir", found)
            waiting.clear()


def _of(tokens: list[Token]) -> str:
    for token in tokens:
        if token.type == "text" and (letter := _LETTER.search(token.content)):
            return "rtl" if _RIGHT_TO_LEFT.match(letter[0]) else "ltr"
    return ""
