"""Citation marks in answers: how models spell them, and the numbers they are shown by.

A mark is an index into the answer's sources, from 0 (contract §16.3). RAGFlow asks for ``[ID:3]``; models also write
``[ID:0, ID:1]``, ``[ID:0,3]``, ``[ID 3]``, ``(ID:2)`` and ``【ID:3】``, and old answers have ``##3$$``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# Every repetition is bounded, so that matching stays linear.
_ONE: Final = r"\d{1,4}"
_ID: Final = r"ID {0,2}[:：]? {0,2}"  # noqa: RUF001
_MORE: Final = rf"(?: {{0,2}}[,，、;；] {{0,2}}(?:{_ID})?{_ONE}){{0,30}}"  # noqa: RUF001
_LIST: Final = rf" {{0,2}}{_ID}{_ONE}{_MORE} {{0,2}}"
# Round brackets are too common: only the colon identifies a mark.
_IN_ROUND: Final = rf" {{0,2}}ID {{0,2}}[:：] {{0,2}}{_ONE}{_MORE} {{0,2}}"  # noqa: RUF001
_SQUARE: Final = rf"\[{_LIST}\]|##{_ONE}\$\$"
_OTHER: Final = rf"【{_LIST}】|[(（]{_IN_ROUND}[)）]"  # noqa: RUF001
MARK: Final = re.compile(f"{_SQUARE}|{_OTHER}")
# Marks that begin with a character that Markdown uses too.
SQUARE_MARK: Final = re.compile(_SQUARE)
ONLY_MARKS: Final = re.compile(rf"(?: {{0,3}}(?:{MARK.pattern}))+[ \t]{{0,9}}\Z")
# A possible start of a mark at the end of a piece of text, and the longest a mark can be.
_BROKEN: Final = re.compile(r"(?:[\[(（【] {0,2}(?:I(?:D[\dID:：,，、;； ]*)?)?|#{1,2}\d{0,4}\$?)\Z")  # noqa: RUF001
_LONGEST: Final = 400
_ROUND: Final = "(（"  # noqa: RUF001
_BEGINNINGS: Final = "[#(（【"  # noqa: RUF001


@dataclass
class Citations:
    """The sources that an answer cites, numbered in the order of their first citation.

    ``available`` is the number of sources, None while unknown. ``base`` is the URL of a source's card without the
    source's number. ``drawn`` counts the characters of formulas in the answer.
    """

    available: int | None = None
    base: str = "#source-"
    numbers: dict[int, int] = field(default_factory=dict)
    drawn: int = 0

    def number(self, index: int) -> int | None:
        """The number to show for the source at ``index`` (from 0); None if there is none."""
        if self.available is not None and index >= self.available:
            return None
        return self.numbers.setdefault(index, len(self.numbers) + 1)

    def copy(self) -> Citations:
        """An independent copy that continues the numbering."""
        return Citations(self.available, self.base, dict(self.numbers), self.drawn)

    def html(self, index: int) -> SafeString:
        """The mark as a link to its source."""
        number = self.number(index)
        if number is None:
            lost = _("RAGFlow did not return this source")
            return format_html('<span class="ra-cite ra-cite--lost" title="{}">?</span>', lost)
        return _link(self.base, number)


def _link(base: str, number: int) -> SafeString:
    """The link of a citation."""
    href, label = escape(f"{base}{number}"), escape(_("Source %(number)d") % {"number": number})
    # Safe: a number and escaped strings.
    return SafeString(f'<a class="ra-cite" href="{href}" data-cite="{number}" aria-label="{label}">{number}</a>')


def links(mark: str, citations: Citations) -> SafeString:
    """A mark as links to its sources. In round brackets, a mark with an unknown source stays text."""
    named = [int(one) for one in re.findall(_ONE, mark)]
    if mark[0] in _ROUND and any(citations.number(one) is None for one in named):
        return escape(mark)
    return format_html_join("", "{}", ((citations.html(one),) for one in named))


def with_links(html: str, citations: Citations) -> str:
    """Escaped text with its marks as links."""
    return MARK.sub(lambda found: links(found[0], citations), html)


def visible_tail(text: str) -> tuple[str, str]:
    """Split a piece of an answer that is not rendered yet into (text to show now, text to hold back).

    Marks are removed, since they become links only when rendered; a possible start of one at the end is held back.
    """
    if not any(sign in text for sign in _BEGINNINGS):
        return text, ""
    text = MARK.sub("", text)
    end = len(complete(text))
    return text[:end], text[end:]


def complete(text: str) -> str:
    """The text without a possible start of a mark at its end."""
    begin = max(0, len(text) - _LONGEST)
    broken = _BROKEN.search(text, begin)
    return text[: broken.start()] if broken else text


def cites(text: str) -> bool:
    """Whether there is a citation mark in the text."""
    return MARK.search(text) is not None


def without_marks(text: str) -> str:
    """The answer's Markdown for pasting elsewhere: without marks, except in code."""
    return "".join(piece if code else _stripped(piece) for piece, code in _prose_and_code(text)).strip()


def with_numbers(text: str, citations: Citations) -> str:
    """The answer's Markdown with its marks as ``[1]``, except in code; ``citations`` then has their numbers."""
    return "".join(
        piece if code else MARK.sub(partial(_in_brackets, citations), piece) for piece, code in _prose_and_code(text)
    )


def _in_brackets(citations: Citations, mark: re.Match[str]) -> str:
    numbers = [citations.number(int(one)) for one in re.findall(_ONE, mark[0])]
    return "".join(f"[{number or '?'}]" for number in numbers)


def _stripped(text: str) -> str:
    parts, last = [], 0
    for found in MARK.finditer(text):
        parts.append(text[last : found.start()].rstrip(" \t"))
        last = found.end()
    return "".join((*parts, text[last:]))


def _prose_and_code(text: str) -> Iterator[tuple[str, bool]]:
    """The Markdown in pieces: (piece, whether it is code)."""
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        begins = line.lstrip(" ")
        if fence:
            yield line, True
            if begins.startswith(fence) and not begins.strip().strip(fence[0]):
                fence = ""
        elif begins.startswith(("```", "~~~")):
            yield from _spans("".join(prose))
            prose.clear()
            yield line, True
            fence = begins[: len(begins) - len(begins.lstrip(begins[0]))]
        else:
            prose.append(line)
    yield from _spans("".join(prose))


def _spans(text: str) -> Iterator[tuple[str, bool]]:
    """The same within paragraphs, where code is delimited by equal runs of backticks."""
    for paragraph in re.split(r"(\n\n)", text):
        runs = list(re.finditer("`+", paragraph))
        following: dict[str, int] = {}
        partner = [-1] * len(runs)
        for at in range(len(runs) - 1, -1, -1):
            partner[at] = following.get(runs[at][0], -1)
            following[runs[at][0]] = at
        last = at = 0
        while at < len(runs):
            if partner[at] < 0:
                at += 1
                continue
            end = runs[partner[at]].end()
            yield paragraph[last : runs[at].start()], False
            yield paragraph[runs[at].start() : end], True
            last, at = end, partner[at] + 1
        yield paragraph[last:], False
