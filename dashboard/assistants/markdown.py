"""Answers as HTML: Markdown rendered here and sanitised here, with citation marks as links to their sources.

``render`` turns a whole answer into HTML. ``Draft`` does the same for an answer that is still being written: blocks
that no further text can change are rendered once and kept, only the last one is rendered again. Both give the same
HTML for the same text, because link reference definitions, the one thing in Markdown that acts backwards, are off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from dashboard.ui.formatting import legible

# ``[ID:3]`` in answers, ``##3$$`` in old ones (contract §16.3): an index into the answer's sources.
MARK: Final = re.compile(r"\[ID:\s?(\d{1,4})\s?\]|##(\d{1,4})\$\$")
# What may be the beginning of a mark at the end of a piece of text.
BROKEN_MARK: Final = re.compile(r"(?:\[(?:I(?:D(?::(?:\s?\d{0,4}\s?)?)?)?)?|#{1,2}\d{0,4}\$?)\Z")

_TAGS: Final = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "div", "table", "thead", "tbody", "tr", "th", "td", "a", "span"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title", "class", "target", "data-cite", "aria-label"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class", "title"},
    "table": {"class"},
    "td": {"class"},
    "th": {"class", "scope"},
}
_SCHEMES: Final = {"http", "https", "mailto"}


@dataclass
class Citations:
    """Which sources an answer cites, numbered in the order in which they are first cited.

    ``available`` is how many sources there are, None while that is not known yet. ``base`` begins the address of a
    source's card; the source's number is appended to it.
    """

    available: int | None = None
    base: str = "#source-"
    numbers: dict[int, int] = field(default_factory=dict)

    def number(self, index: int) -> int | None:
        """The number to show for the source at ``index`` (from 0); None when there is no such source."""
        if self.available is not None and index >= self.available:
            return None
        return self.numbers.setdefault(index, len(self.numbers) + 1)

    def copy(self) -> Citations:
        """One that numbers on from here without changing this one."""
        return Citations(self.available, self.base, dict(self.numbers))

    def html(self, index: int) -> SafeString:
        """The mark as a link to its source."""
        number = self.number(index)
        if number is None:
            lost = _("This source is not among the ones RAGFlow sent")
            return format_html('<span class="ra-cite ra-cite--lost" title="{}">?</span>', lost)
        return _mark(self.base, number, get_language())


@lru_cache(maxsize=2000)
def _mark(base: str, number: int, language: str | None) -> SafeString:
    """The link of a citation. While an answer grows, each of its marks is asked for again and again."""
    return format_html(
        '<a class="ra-cite" href="{}{}" data-cite="{}" aria-label="{}">{}</a>',
        base,
        number,
        number,
        _("Source %(number)d") % {"number": number},
        number,
    )


@dataclass(frozen=True)
class Rendered:
    """An answer as safe HTML, and what it cites."""

    html: SafeString
    citations: Citations


def render(text: str, citations: Citations) -> SafeString:
    """A whole answer as safe HTML. ``citations`` learns which sources are cited."""
    return _html(_parser.parse(legible(text.replace("\r", "")), {}), citations)


class Draft:
    """An answer that grows. ``append`` text, then ``update`` to get what changed."""

    def __init__(self, citations: Citations) -> None:
        self.citations = citations
        self._open: list[str] = []
        self._new_line = False

    def append(self, text: str) -> None:
        """Add ``text``, cut anywhere."""
        self._open.append(text.replace("\r", ""))
        self._new_line = self._new_line or "\n" in text

    def update(self, *, whole: bool = False) -> tuple[SafeString, SafeString]:
        """(blocks that are final now, the block still open), each as safe HTML.

        The final ones are returned once; the open one replaces what was returned as open before. What may be the
        beginning of a citation mark at the end waits, unless the answer is ``whole``.
        """
        text = "".join(self._open)
        done = self._split(text) if self._new_line else 0
        self._new_line = False
        finished = render(text[:done], self.citations) if done else SafeString("")
        self._open = [text[done:]]
        rest = text[done:] if whole else BROKEN_MARK.sub("", text[done:])
        return finished, render(rest, self.citations.copy())

    def finish(self) -> SafeString:
        """All that was not returned as final yet, as it stays. Nothing may be appended any more."""
        rest = "".join(self._open)
        self._open = []
        return render(rest, self.citations)

    @staticmethod
    def _split(text: str) -> int:
        """How many characters at the beginning are blocks that nothing can change any more.

        A block is final when a later one has begun on a line that is complete: an incomplete line may still turn
        from a heading (``#``) into text (``#tag``) that belongs to the paragraph before it.
        """
        complete = text[: text.rfind("\n") + 1]
        if not complete.strip():
            return 0
        starts = [token.map[0] for token in _blocks.parse(complete, {}) if token.level == 0 and token.map]
        if len(starts) < 2 or starts[-1] == 0:
            return 0
        return _offset_of_line(complete, starts[-1])


def visible_tail(text: str) -> tuple[str, str]:
    """(what can be shown as it is, what must wait) of a piece of an answer that is not rendered yet.

    Marks are taken out, since they become links only when rendered; the beginning of one at the end waits.
    """
    if "[" not in text and "#" not in text:
        return text, ""
    text = MARK.sub("", text)
    broken = BROKEN_MARK.search(text)
    return (text[: broken.start()], text[broken.start() :]) if broken else (text, "")


def without_marks(text: str) -> str:
    """The answer's Markdown as somebody would paste it elsewhere."""
    return re.sub(r"[ \t]*(?:" + MARK.pattern + ")", "", text).strip()


def cites(text: str) -> bool:
    """Whether there is a citation mark in the text."""
    return MARK.search(text) is not None


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _number in range(line):
        offset = text.index("\n", offset) + 1
    return offset


def _html(tokens: list[Token], citations: Citations) -> SafeString:
    rendered = _parser.renderer.render(tokens, _parser.options, {"citations": citations})
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308  (this is the sanitiser's output)


def _citation(state: StateInline, silent: bool) -> bool:
    """Inline rule: a citation mark becomes a token of its own; inside code it stays text, as Markdown wants."""
    if state.src[state.pos] not in "[#":
        return False
    found = MARK.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.meta = {"index": int(found[1] or found[2])}
    state.pos = found.end()
    return True


def _render_citation(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    citations: Citations = env["citations"]
    html = citations.html(tokens[at].meta["index"])
    # The mark stands with the word before it (see ``_keep_with_word``).
    return f"{html}</span>" if tokens[at].meta.get("closes") else html


def _render_text(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    if "keep" not in token.meta:
        return escape(token.content)
    cut = token.meta["keep"]
    return f'{escape(token.content[:cut])}<span class="ra-nowrap">{escape(token.content[cut:])}'


def _render_image(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    """An image of an answer would be fetched from wherever the model says: its text stands for it."""
    return escape(tokens[at].content)


def _render_code(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    # A block that scrolls sideways can be reached by keyboard.
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _shape(state: StateCore) -> None:
    """Core rule: our look for tables, headings below the page's own, links that leave in another tab."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type == "table_open":
            token.attrSet("class", "ra-answer-table")
        elif token.type in ("th_open", "td_open"):
            aligned = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if aligned in ("right", "center"):
                token.attrSet("class", "ra-end" if aligned == "right" else "ra-center")
            if token.type == "th_open":
                token.attrSet("scope", "col")
        elif token.children:
            for child in token.children:
                if child.type == "link_open":
                    child.attrSet("target", "_blank")
            _keep_with_word(token.children)


def _keep_with_word(tokens: list[Token]) -> None:
    """Ties the citations that follow a word to it, so that no line begins with a mark."""
    at = 0
    while at < len(tokens) - 1:
        first = tokens[at]
        if first.type != "text" or tokens[at + 1].type != "citation":
            at += 1
            continue
        word = re.search(r"\S{1,30}\s?\Z", first.content)
        if not word or (len(word[0].strip()) == 30):
            at += 1
            continue
        first.meta = {"keep": word.start()}
        last = at + 1
        while last + 1 < len(tokens) and tokens[last + 1].type == "citation":
            last += 1
        tokens[last].meta["closes"] = True
        at = last + 1


def _render_table_open(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    opening = '<div class="ra-answer-scroll" tabindex="0" role="region" aria-label="{}">'
    return format_html(opening, _("Table")) + '<table class="ra-answer-table">\n'


def _render_table_close(renderer: RendererHTML, tokens: Any, at: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    parser.enable(["table", "strikethrough"])
    # Definitions act backwards on text that was already shown; raw HTML is never wanted.
    parser.disable(["reference", "html_block", "html_inline"])
    parser.inline.ruler.before("link", "citation", _citation)
    parser.core.ruler.push("shape", _shape)
    for name, rule in {
        "citation": _render_citation,
        "text": _render_text,
        "image": _render_image,
        "fence": _render_code,
        "code_block": _render_code,
        "table_open": _render_table_open,
        "table_close": _render_table_close,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


_parser: Final = _make_parser()
# Blocks only: enough to see where one ends, at a fraction of the cost.
_blocks: Final = _make_parser()
_blocks.core.ruler.enableOnly(["normalize", "block"])
