"""The few HTML elements that models use inside sentences: line breaks, subscripts, superscripts and the like.

All other HTML stays text: an answer about ``List<String>`` must not be cut. So does an element that is not closed
within its paragraph.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

TAGS: Final = frozenset({"sub", "sup", "b", "strong", "i", "em", "u", "mark", "small", "kbd", "del"})
DEEPEST: Final = 8
_TAG: Final = re.compile(rf"<(/?)(br|{'|'.join(sorted(TAGS))}) {{0,3}}/?>", re.IGNORECASE)


def use(parser: MarkdownIt) -> None:
    """Install the rule for these elements."""
    parser.inline.ruler.before("autolink", "html_tag", _inline)
    parser.add_render_rule("html_tag", _render)


def pair(tokens: list[Token]) -> None:
    """Turn tags without a counterpart in this paragraph back into text."""
    still_open: list[Token] = []
    for token in tokens:
        if token.type != "html_tag":
            continue
        token.meta["paired"] = False
        if not token.meta["closes"]:
            if len(still_open) < DEEPEST:
                still_open.append(token)
            continue
        for at in range(len(still_open) - 1, -1, -1):
            if still_open[at].tag == token.tag:
                still_open[at].meta["paired"] = token.meta["paired"] = True
                del still_open[at:]
                break


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    found = _TAG.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    name = found[2].lower()
    if name == "br":
        if not silent:
            state.push("hardbreak", "br", 0)
    elif not silent:
        token = state.push("html_tag", name, 0)
        token.content, token.meta = found[0], {"closes": bool(found[1])}
    state.pos = found.end()
    return True


def _render(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    if not token.meta["paired"]:
        return escape(token.content)
    return f"</{token.tag}>" if token.meta["closes"] else f"<{token.tag}>"
