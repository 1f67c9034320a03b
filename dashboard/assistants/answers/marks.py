"""Citation marks in answers: how models spell them, and the numbers they are shown by.

A mark is an index into the answer's sources, from 0 (contract §16.3). RAGFlow asks for ``[ID:3]``; models also write
``[ID:0, ID:1]``, ``[ID:0,3]``, ``[ID 3]``, ``(ID:2)`` and ``【ID:3】``, and old answers have ``##3$$``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# Every repetition is bounded: what looks like the beginning of a mark is never looked through twice.
_ONE: Final = r"\d{1,4}"
_ID: Final = r"ID {0,2}[:：]? {0,2}"  # noqa: RUF001
_MORE: Final = rf"(?: {{0,2}}[,，、;；] {{0,2}}(?:{_ID})?{_ONE}){{0,30}}"  # noqa: RUF001
_LIST: Final = rf" {{0,2}}{_ID}{_ONE}{_MORE} {{0,2}}"
# Round brackets stand around so many things that only the colon tells.
_IN_ROUND: Final = rf" {{0,2}}ID {{0,2}}[:：] {{0,2}}{_ONE}{_MORE} {{0,2}}"  # noqa: RUF001
_SQUARE: Final = rf"\[{_LIST}\]|##{_ONE}\$\$"
_OTHER: Final = rf"【{_LIST}】|[(（]{_IN_ROUND}[)）]"  # noqa: RUF001
MARK: Final = re.compile(f"{_SQUARE}|{_OTHER}")
# Those that begin with a sign of Markdown's own.
SQUARE_MARK: Final = re.compile(_SQUARE)
ONLY_MARKS: Final = re.compile(rf"(?: {{0,3}}(?:{MARK.pattern}))+[ \t]{{0,9}}\Z")
# What may be the beginning of a mark at the end of a piece of text, and how long a mark can get.
_BROKEN: Final = re.compile(r"(?:[\[(（【] {0,2}(?:I(?:D[\dID:：,，、;； ]*)?)?|#{1,2}\d{0,4}\$?)\Z")  # noqa: RUF001
_LONGEST: Final = 400
_ROUND: Final = "(（"  # noqa: RUF001
_BEGINNINGS: Final = "[#(（【"  # noqa: RUF001


@dataclass
class Citations:
    """Which sources an answer cites, numbered in the order in which they are first cited.

    ``available`` is how many sources there are, None while that is not known yet. ``base`` begins the address of a
    source's card; the source's number is appended to it. ``drawn`` counts the characters of formulas of the answer.
    """

    available: int | None = None
    base: str = "#source-"
    numbers: dict[int, int] = field(default_factory=dict)
    drawn: int = 0

    def number(self, index: int) -> int | None:
        """The number to show for the source at ``index`` (from 0); None when there is no such source."""
        if self.available is not None and index >= self.available:
            return None
        return self.numbers.setdefault(index, len(self.numbers) + 1)

    def copy(self) -> Citations:
        """One that numbers on from here without changing this one."""
        return Citations(self.available, self.base, dict(self.numbers), self.drawn)

    def html(self, index: int) -> SafeString:
        """The mark as a link to its source."""
        number = self.number(index)
        if number is None:
            lost = _("This source is not among the ones RAGFlow sent")
            return format_html('<span class="ra-cite ra-cite--lost" title="{}">?</span>', lost)
        return _link(self.base, number)


def _link(base: str, number: int) -> SafeString:
    """The link of a citation. While an answer grows, each of its marks is asked for again and again."""
    href, label = escape(f"{base}{number}"), escape(_("Source %(number)d") % {"number": number})
    # Safe: a number, and what was escaped above.
    return SafeString(f'<a class="ra-cite" href="{href}" data-cite="{number}" aria-label="{label}">{number}</a>')


def links(mark: str, citations: Citations) -> SafeString:
    """A mark as links to the sources it names; one in round brackets that leads nowhere was none, and stays text."""
    named = [int(one) for one in re.findall(_ONE, mark)]
    if mark[0] in _ROUND and any(citations.number(one) is None for one in named):
        return escape(mark)
    return format_html_join("", "{}", ((citations.html(one),) for one in named))


def with_links(html: str, citations: Citations) -> str:
    """Escaped text with its marks as links."""
    return MARK.sub(lambda found: links(found[0], citations), html)


def visible_tail(text: str) -> tuple[str, str]:
    """(what can be shown as it is, what must wait) of a piece of an answer that is not rendered yet.

    Marks are taken out, since they become links only when rendered; the beginning of one at the end waits.
    """
    if not any(sign in text for sign in _BEGINNINGS):
        return text, ""
    text = MARK.sub("", text)
    end = len(complete(text))
    return text[:end], text[end:]


def complete(text: str) -> str:
    """The text without what may be the beginning of a mark at its end."""
    begin = max(0, len(text) - _LONGEST)
    broken = _BROKEN.search(text, begin)
    return text[: broken.start()] if broken else text


def cites(text: str) -> bool:
    """Whether there is a citation mark in the text."""
    return MARK.search(text) is not None


def without_marks(text: str) -> str:
    """The answer's Markdown as somebody would paste it elsewhere: without marks, except where code has such signs."""
    return "".join(piece if code else _stripped(piece) for piece, code in _prose_and_code(text)).strip()


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
    """The same within paragraphs, where code stands between two equal runs of backticks."""
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
