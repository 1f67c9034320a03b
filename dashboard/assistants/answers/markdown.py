"""Answers as HTML: renders and sanitises Markdown, with citation marks as links to their sources.

``render`` turns a whole answer into HTML. ``Draft`` does the same for an answer that is still being written: blocks
that no further text can change are rendered once and kept, only the last one is re-rendered. Both give the same
HTML for the same text, because link reference definitions, the one thing in Markdown that acts backwards, are off.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from dashboard.assistants.answers.answer_parser import make_parser
from dashboard.assistants.answers.marks import Citations, complete
from dashboard.assistants.answers.rules.inline_html import TAGS as INLINE_TAGS
from dashboard.core import html_tables
from dashboard.core.formatting import legible

_MATH: Final = {
    "math": {"display"},
    "menclose": {"notation"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mn": {"mathvariant"},
    "mo": {"accent", "fence", "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace", "stretchy"},
    "mover": {"accent"},
    "mpadded": {"depth", "height", "lspace", "voffset", "width"},
    "mspace": {"depth", "height", "width"},
    "mstyle": {"displaystyle", "mathvariant", "scriptlevel"},
    "mtable": {"displaystyle"},
    "mtd": {"class"},
    "mtext": {"mathvariant"},
    "munder": {"accentunder"},
}
_PLAIN_MATH: Final = {
    *("mmultiscripts", "mphantom", "mprescripts", "mroot", "mrow", "ms", "msqrt", "msub", "msubsup", "msup", "mtr"),
    *("munderover", "none"),
}
_TAGS: Final = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "div", "a", "span"),
    *html_tables.TAGS,
    *INLINE_TAGS,
    "wbr",
    *_MATH,
    *_PLAIN_MATH,
}
_ATTRIBUTES: Final = {
    "*": {"dir"},
    "a": {"href", "title", "class", "target", "data-cite", "aria-label"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class", "title", "tabindex"},
    "table": {"class"},
    "td": {"class", "colspan", "rowspan"},
    "th": {"class", "colspan", "rowspan", "scope"},
    **_MATH,
}
_SCHEMES: Final = {"http", "https", "mailto"}
# Characters to render without a pause: some hundredths of a second.
PORTION: Final = 4000
# Characters and entities of an unbroken text.
RUN: Final = 10_000
_RUN: Final = re.compile(rf"(?:&[a-zA-Z0-9#]{{1,9}};|[^&]|&){{1,{RUN}}}")


@dataclass(frozen=True)
class Rendered:
    """An answer as safe HTML, and what it cites."""

    html: SafeString
    citations: Citations


def render(text: str, citations: Citations) -> SafeString:
    """A whole answer as safe HTML. Cited sources are added to ``citations``."""
    text = legible(text.replace("\r", ""))
    if len(text) <= PORTION:
        return _html(_parser.parse(text, {}), citations)
    parts = []
    for portion in _portions(text):
        parts.append(_html(_parser.parse(portion, {}), citations))
        time.sleep(0)  # let other greenlets run
    return mark_safe("".join(parts))  # noqa: S308  (each part was sanitised)


class Draft:
    """An answer that grows. ``append`` text, then ``update`` to get what changed."""

    def __init__(self, citations: Citations) -> None:
        self.citations = citations
        self._open: list[str] = []
        self._new_line = False

    def append(self, text: str) -> None:
        """Add ``text``, which may end anywhere."""
        self._open.append(text.replace("\r", ""))
        self._new_line = self._new_line or "\n" in text

    def update(self, *, whole: bool = False) -> tuple[SafeString, SafeString]:
        """(newly final blocks, the block still open), each as safe HTML.

        Final blocks are returned once; the open block replaces the one returned before. A possible start of a
        citation mark at the end is held back, unless the answer is ``whole``.
        """
        text = "".join(self._open)
        done = self._split(text) if self._new_line else 0
        self._new_line = False
        finished = render(text[:done], self.citations) if done else SafeString("")
        self._open = [text[done:]]
        rest = text[done:] if whole else complete(text[done:])
        return finished, render(rest, self.citations.copy())

    def finish(self) -> SafeString:
        """The rest as final HTML. Nothing may be appended afterwards."""
        rest = "".join(self._open)
        self._open = []
        return render(rest, self.citations)

    @staticmethod
    def _split(text: str) -> int:
        """The number of characters at the beginning that are final blocks.

        A block is final once a later one has begun on a complete line: an incomplete line may still turn
        from a heading (``#``) into text (``#tag``) that belongs to the paragraph before it.
        """
        complete_lines = text[: text.rfind("\n") + 1]
        if not complete_lines.strip():
            return 0
        starts = _starts(complete_lines)
        if len(starts) < 2 or starts[-1] == 0:
            return 0
        return _offset_of_line(complete_lines, starts[-1])


def _portions(text: str) -> Iterator[str]:
    """The text split where blocks begin, into pieces of about PORTION: blocks are independent of each other."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    starts = _starts(text)
    begin, size, at = 0, 0, 0
    for start in starts:
        size += sum(map(len, lines[at:start]))
        at = start
        if size >= PORTION:
            yield "".join(lines[begin:start])
            begin, size = start, 0
    yield "".join(lines[begin:])


def _starts(text: str) -> list[int]:
    """The lines on which blocks begin."""
    return [token.map[0] for token in _blocks.parse(text, {}) if token.level == 0 and token.map]


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _number in range(line):
        offset = text.index("\n", offset) + 1
    return offset


def _html(tokens: list[Token], citations: Citations) -> SafeString:
    rendered = _parser.renderer.render(tokens, _parser.options, {"citations": citations})
    clean = nh3.clean(
        _in_runs(rendered),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308  (this is the sanitiser's output)


def _in_runs(html: str) -> str:
    """Insert break points into long texts, because the sanitiser's time is quadratic in a text's entities."""
    parts = []
    for part in html.split("<"):
        tag, end, text = part.rpartition(">")
        parts.append(part if len(text) <= RUN else f"{tag}{end}{'<wbr>'.join(_RUN.findall(text))}")
    return "<".join(parts)


_parser: Final = make_parser()
# Blocks only: enough to see where one ends, at a fraction of the cost.
_blocks: Final = make_parser()
_blocks.core.ruler.enableOnly(["normalize", "block"])
