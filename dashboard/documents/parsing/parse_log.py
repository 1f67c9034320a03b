"""Reads the stages of parsing from RAGFlow's log (contract §10.3).

A long document is parsed in parts. The lines of a part are in chronological order; the parts are sorted as text. Logs
are untrusted and of any length: only the end of a long one is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

# The limits on a log, on a line, and on the number of parts.
TAIL: Final = 64_000
LINE_LENGTH: Final = 400
PARTS: Final = 200
# RAGFlow's last page number if it does not count pages.
ENDLESS: Final = 100_000
KEYS: Final = ("queued", "reading", "layout", "chunking", "embedding", "indexing")
LABELS: Final = dict(
    zip(
        KEYS,
        (
            _lazy("Queued"),
            _lazy("Reading"),
            _lazy("Layout"),
            _lazy("Chunking"),
            _lazy("Embedding"),
            _lazy("Indexing"),
        ),
        strict=True,
    )
)
QUEUED, READING, LAYOUT, CHUNKING, EMBEDDING, INDEXING = range(len(KEYS))
DONE: Final = len(KEYS)

# "14:30:49 Page(1~13): OCR started"; the page numbers count from 1, the second one is not included.
_LINE = re.compile(r"(?:(\d\d):(\d\d):(\d\d)\s+)?(?:Page\((\d{1,12})~(\d{1,12})\):\s*)?(.*)")
_TOOK = r"(?:[:\s]*\(\s*(\d{1,7}(?:\.\d{1,6})?)\s*s\s*\))?"
# Pattern of a line → the stage that it belongs to, and the stage reached with it.
MARKS: Final = tuple(
    (re.compile(f"(?:{pattern}){_TOOK}", re.IGNORECASE), stage, reached)
    for pattern, stage, reached in (
        (r"task is queued|tasks? (?:is|are) ahead", QUEUED, QUEUED),
        (r"task has been received", QUEUED, READING),
        (r"start to parse|ocr (?:started|is running)", READING, READING),
        (r"ocr finished", READING, LAYOUT),
        (r"layout analysis|table analysis", LAYOUT, LAYOUT),
        (r"text merged", LAYOUT, CHUNKING),
        (r"finish parsing", CHUNKING, CHUNKING),
        (r"start to generate|generation \d+ chunks|tagging|start to tag", CHUNKING, CHUNKING),
        (r"generate \d+ chunks", CHUNKING, EMBEDDING),
        (r"start to embed", EMBEDDING, EMBEDDING),
        (r"embedding chunks", EMBEDDING, INDEXING),
        (r"start to index", INDEXING, INDEXING),
        (r"indexing done", INDEXING, DONE),
    )
)
_ALL_DONE = re.compile(r"task done" + _TOOK, re.IGNORECASE)
_NO_CHUNK = re.compile(r"no chunk built", re.IGNORECASE)
_CHUNKS = re.compile(r"generate (\d{1,9}) chunks", re.IGNORECASE)
_OF = re.compile(r"embed.{0,40}?(\d{1,9})\s*/\s*(\d{1,9})", re.IGNORECASE)
_AHEAD = re.compile(r"(\d{1,9}) tasks? (?:is|are) ahead", re.IGNORECASE)


@dataclass
class Part:
    """One range of pages (0, 0 for the whole document): the stage that it ``reached`` (DONE at the end).

    ``took`` are seconds by stage, ``touched`` the stages that the log names. ``lines`` belong to no stage.
    """

    pages: tuple[int, int] = (0, 0)
    reached: int = QUEUED
    took: dict[int, float] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    chunks: int | None = None
    embedded: tuple[int, int] | None = None
    ahead: int | None = None
    seconds: float | None = None
    error: str = ""
    lines: list[str] = field(default_factory=list)
    _clock: int | None = None

    @property
    def title(self) -> str:
        """``Pages 13 to 24``; "" for the whole document."""
        first, last = self.pages
        return _("Pages %(first)d to %(last)d") % {"first": first, "last": max(first, last - 1)} if last else ""

    @property
    def open(self) -> bool:
        """Whether a stage is left."""
        return self.reached < DONE and not self.error

    def read(self, text: str, clock: int | None) -> None:
        """Process a line."""
        if "[ERROR]" in text:
            self.error = reason(text)
            return
        known = False
        for pattern, stage, reached in MARKS:
            if match := pattern.search(text):
                known = True
                self._enter(stage, reached, clock, float(match[1]) if match[1] else None)
        if match := _ALL_DONE.search(text):
            known, self.reached = True, DONE
            self.seconds = float(match[1]) if match[1] else None
        if _NO_CHUNK.search(text):
            known, self.chunks = True, 0
            self.reached = max(self.reached, EMBEDDING)
        if match := _CHUNKS.search(text):
            self.chunks = int(match[1])
        if match := _OF.search(text):
            self.embedded = int(match[1]), int(match[2])
        if match := _AHEAD.search(text):
            self.ahead = int(match[1])
        if not known:
            self.lines.append(text[:LINE_LENGTH])

    def _enter(self, stage: int, reached: int, clock: int | None, took: float | None) -> None:
        self.touched.add(stage)
        before = self.reached
        self.reached = max(before, reached)
        if took is not None:
            self.took[stage] = self.took.get(stage, 0.0) + took
        if self.reached > before:
            if clock is not None and self._clock is not None and before not in self.took:
                # Times of day: a smaller one belongs to the next day.
                self.took[before] = float((clock - self._clock) % 86_400)
            self._clock = clock
        elif self._clock is None:
            self._clock = clock


def tail(log: str, most: int = TAIL) -> str:
    """The end of a log, starting at the beginning of a line if possible."""
    if len(log) <= most:
        return log
    end = log[-most:]
    _cut, newline, rest = end.partition("\n")
    return rest if newline else end


def reason(text: str) -> str:
    """The message of an ``[ERROR]`` line."""
    said = text.rpartition("[ERROR]")[2].strip()
    return said.removeprefix("[Exception]:").strip()[:LINE_LENGTH] or _("RAGFlow gave no reason.")


def parts(log: str) -> list[Part]:
    """The parts of a document in page order. Lines without pages come first, or belong to the only part."""
    found: dict[tuple[int, int], Part] = {}
    lines = list(_lines(tail(log)))
    ranges = {pages for pages, _clock, _text in lines if pages != (0, 0)}
    for pages, clock, text in lines:
        key = next(iter(ranges)) if pages == (0, 0) and len(ranges) == 1 else pages
        if key not in found and len(found) >= PARTS:
            continue
        found.setdefault(key, Part(key)).read(text, clock)
    whole = found.get((0, 0))
    if whole is not None and len(found) > 1 and not whole.error and not whole.lines:
        # Only that the task was received: the parts have the details.
        del found[0, 0]
    ordered = [found[key] for key in sorted(found)]
    for part in ordered:
        if part.pages[1] > ENDLESS:
            part.pages = (0, 0)
        part.reached = max(part.reached, READING) if ranges else part.reached
    return ordered


def _lines(log: str) -> Iterator[tuple[tuple[int, int], int | None, str]]:
    """(pages, time of day in seconds, text) of each non-empty line."""
    for raw in log.split("\n"):
        match = _LINE.match(raw.strip()[: 4 * LINE_LENGTH])
        if match is None or not match[6]:
            continue
        clock = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]) if match[1] else None
        yield (int(match[4] or 0), int(match[5] or 0)), clock, match[6]


def current(log: str) -> str:
    """The current stage of a document being parsed, encoded for ``words`` to translate."""
    found = parts(log)
    working = [part for part in found if part.open]
    if not found:
        return KEYS[QUEUED]
    if not working:
        return KEYS[INDEXING]
    part = working[-1]
    if part.lines and not part.touched:
        # Not a parse log: graph jobs also write their log into a document.
        return ""
    said = [KEYS[part.reached]]
    if part.reached == EMBEDDING and part.embedded:
        said.append(f"of={part.embedded[0]}/{part.embedded[1]}")
    if part.reached == QUEUED and part.ahead:
        said.append(f"ahead={part.ahead}")
    if part.pages[1] and len(found) > 1:
        said.append(f"pages={part.pages[0]}/{max(part.pages[0], part.pages[1] - 1)}")
    return " ".join(said)


def words(stage: str) -> str:
    """``Embedding 16 of 84 · pages 13 to 24`` for a result of ``current``; "" for ""."""
    key, *details = stage.split(" ")
    if key not in LABELS:
        return ""
    said = str(LABELS[key])
    for detail in details:
        name, _sign, value = detail.partition("=")
        one, _slash, other = value.partition("/")
        if name == "of":
            said += " " + _("%(n)s of %(total)s") % {"n": one, "total": other}
        elif name == "ahead":
            said += ", " + _("%(n)s ahead") % {"n": one}
        elif name == "pages":
            said += " · " + _("pages %(first)s to %(last)s") % {"first": one, "last": other}
    return said
