"""Sets markdown-it up for answers: what models write, our markup, and citation marks."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.html import escape, format_html
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from dashboard.assistants.answers import direction, marks
from dashboard.assistants.answers.marks import MARK, SQUARE_MARK
from dashboard.assistants.answers.rules import emphasis, formulas, inline_html, tables

# The word before a mark, which must not be separated from it.
_LAST_WORD: Final = re.compile(r"\S{1,30}\s?\Z")
_WORD_LENGTH: Final = 31


def make_parser() -> MarkdownIt:
    """A parser for answers. Link definitions and raw HTML are off, see ``markdown`` and ``inline_html``."""
    parser = MarkdownIt("zero")
    emphasis.use(parser)
    parser.configure("commonmark", {"html": False, "linkify": False, "typographer": False})
    parser.enable(["table", "strikethrough"])
    parser.disable(["reference", "html_block", "html_inline"])
    parser.inline.ruler.before("link", "citation", _citation)
    formulas.use(parser)
    inline_html.use(parser)
    tables.use(parser)
    parser.core.ruler.push("shape", _shape)
    for name, rule in {
        "citation": _render_citation,
        "text": _render_text,
        "fence": _render_code,
        "code_block": _render_code,
        "code_inline": _render_code_inline,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


def _citation(state: StateInline, silent: bool) -> bool:
    """Inline rule: turns a citation mark into a token. Inside code it stays text, as in Markdown."""
    if state.src[state.pos] not in "[#":
        return False
    if silent and state.src[state.pos] == "[":
        # markdown-it is looking for the end of a link's text, and must not see the mark in it as another link.
        return False
    found = SQUARE_MARK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("citation", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _shape(state: StateCore) -> None:
    """Core rule: our markup for tables, headings below the page's own, links that open in another tab."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type in ("th_open", "td_open"):
            aligned = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if aligned in ("right", "center"):
                token.attrSet("class", "ra-end" if aligned == "right" else "ra-center")
            if token.type == "th_open":
                token.attrSet("scope", "col")
        elif token.children:
            token.children = _arranged(token.children)
            inline_html.pair(token.children)
            _keep_with_word(token.children)
    direction.find(state.tokens)


def _arranged(tokens: list[Token]) -> list[Token]:
    """Find marks in brackets without meaning in Markdown, move marks in a link behind it, and reduce images to their
    text, because a model could make the browser load them from anywhere.
    """
    arranged: list[Token] = []
    cited: list[Token] = []
    links = 0
    for token in _flat(tokens):
        if token.type == "citation" and links:
            cited.append(token)
            arranged[-1].content = arranged[-1].content.rstrip(" ")
            continue
        arranged.append(token)
        if token.type == "link_open":
            token.attrSet("target", "_blank")
            links += 1
        elif token.type == "link_close":
            links -= 1
            if not links:
                arranged += cited
                cited = []
    return arranged


def _flat(tokens: list[Token]) -> list[Token]:
    flat: list[Token] = []
    for token in tokens:
        if token.type == "image":
            flat += _flat(token.children or [])
        elif token.type == "text":
            flat += _divided(token)
        else:
            flat.append(token)
    return flat


def _divided(token: Token) -> list[Token]:
    parts, last = [], 0
    for found in MARK.finditer(token.content):
        parts += [_token("text", token.content[last : found.start()]), _token("citation", found[0])]
        last = found.end()
    if not last:
        return [token]
    return [part for part in (*parts, _token("text", token.content[last:])) if part.content]


def _token(kind: str, content: str) -> Token:
    return Token(kind, "", 0, content=content)


def _keep_with_word(tokens: list[Token]) -> None:
    """Keep citations together with the word before them, so that no line begins with a mark."""
    at = 0
    while at < len(tokens) - 1:
        first = tokens[at]
        if first.type != "text" or tokens[at + 1].type != "citation":
            at += 1
            continue
        begin = max(0, len(first.content) - _WORD_LENGTH)
        word = _LAST_WORD.search(first.content, begin)
        if not word or len(word[0].strip()) == 30:
            at += 1
            continue
        first.meta = {"keep": word.start()}
        last = at + 1
        while last + 1 < len(tokens) and tokens[last + 1].type == "citation":
            last += 1
        tokens[last].meta["closes"] = True
        at = last + 1


def _render_citation(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    html = marks.links(tokens[at].content, env["citations"])
    # The mark is wrapped together with the word before it (see ``_keep_with_word``).
    return f"{html}</span>" if tokens[at].meta.get("closes") else html


def _render_text(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    if "keep" not in token.meta:
        return escape(token.content)
    cut = token.meta["keep"]
    return f'{escape(token.content[:cut])}<span class="ra-nowrap">{escape(token.content[cut:])}'


def _render_code(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    # Code is always left to right. A block that scrolls sideways must be reachable by keyboard.
    return format_html('<pre tabindex="0" dir="ltr"><code>{}</code></pre>\n', tokens[at].content)


def _render_code_inline(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    return format_html('<code dir="ltr">{}</code>', tokens[at].content)
