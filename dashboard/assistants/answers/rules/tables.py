"""Tables in answers: keeps citation marks next to and below them, and renders tables written as HTML.

Markdown drops everything after the last column of a table, where models put their marks, and reads every line below a
table as another row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as markdown_table

from dashboard.assistants.answers.marks import ONLY_MARKS, with_links
from dashboard.core import html_tables

_PIPE: Final = re.compile(r"(?<!\\)\|")
_TAG: Final = re.compile(r"(<[^<>]*>)")
_END: Final = "</table>"
# Characters; a longer table is shown as source text.
_LONGEST: Final = 50_000


def use(parser: MarkdownIt) -> None:
    """Install the rules for tables."""
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.before("blockquote", "html_table", _html_table, {"alt": ["paragraph", "reference", "list"]})
    parser.block.ruler.before("blockquote", "marks_below_table", _marks_below, {"alt": ["blockquote"]})
    parser.add_render_rule("table_open", _render_open)
    parser.add_render_rule("table_close", _render_close)
    parser.add_render_rule("html_table", _render_html)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    before = len(state.tokens)
    if not markdown_table(state, start, end, silent):
        return False
    if not silent and (folded := _folded(state, start)):
        state.src = folded
        del state.tokens[before:]
        markdown_table(state, start, end, False)
    return True


def _folded(state: StateBlock, start: int) -> str:
    """The text with everything after the last column of the table moved into that column, by replacing the surplus
    pipes with blanks. "" if there is nothing after it.
    """
    columns = len(_line(state, start + 1).strip(" \t").strip("|").split("|"))
    changes: list[int] = []
    for number in range(start + 2, state.line):
        line = _line(state, number)
        if line.count("|") > columns:
            at = state.bMarks[number] + state.tShift[number]
            changes += (at + place for place in _surplus(line, columns))
    if not changes:
        return ""
    text: list[str] = []
    last = 0
    for place in changes:
        text += (state.src[last:place], " ")
        last = place + 1
    return "".join((*text, state.src[last:]))


def _surplus(line: str, columns: int) -> Sequence[int]:
    pipes = [found.start() for found in _PIPE.finditer(line)]
    leading = bool(pipes) and pipes[0] == 0
    surplus = pipes[columns - 1 + leading :]
    # The last pipe of a regular row closes it.
    return surplus if surplus and line[surplus[0] + 1 :].strip() else ()


def _marks_below(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """End a table above a line that contains only citation marks, which starts a paragraph."""
    return silent and state.parentType == "table" and ONLY_MARKS.match(_line(state, start)) is not None


def _html_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table written as HTML, up to the line with its end tag or the next empty line."""
    if state.is_code_block(start) or not _begins(_line(state, start)):
        return False
    if silent:
        return True
    following = start
    closed = False
    while following < end and not closed and not state.isEmpty(following):
        closed = _END in _line(state, following).lower()
        following += 1
    text = state.getLines(start, following, state.blkIndent, False)
    cut = text.lower().rfind(_END) + len(_END) if closed else len(text)
    state.line = following
    token = state.push("html_table", "", 0)
    token.content, token.map, token.block = text[:cut], [start, following], True
    if rest := text[cut:].strip():
        state.push("paragraph_open", "p", 1)
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = rest, [following - 1, following], []
        state.push("paragraph_close", "p", -1)
    return True


def _begins(line: str) -> bool:
    return line[:6].lower() == "<table" and line[6:7] in (">", " ", "\t", "")


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _render_open(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    return _opening(tokens[at].attrGet("dir") or "auto") + "\n"


def _opening(direction: str) -> str:
    opening = '<div class="ra-answer-scroll" tabindex="0" role="region" aria-label="{}">{}'
    return format_html(opening, _("Table"), format_html('<table class="ra-answer-table" dir="{}">', direction))


def _render_close(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _render_html(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    html = tokens[at].content
    if len(html) > _LONGEST:
        return format_html('<p dir="auto">{}</p>', html)
    # Only between tags: a link inside an attribute would break it.
    pieces = _TAG.split(html_tables.clean(html))
    pieces[::2] = [with_links(piece, env["citations"]) for piece in pieces[::2]]
    return "".join(pieces).replace("<table>", _opening("auto")).replace("</table>", "</table></div>") + "\n"
