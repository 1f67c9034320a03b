"""Filtering documents by upload date.

RAGFlow has parameters for this but applies them after paging: pages are short, and totals count all documents (contract
§9.2). They are never sent. Sorted by upload, the documents between two dates are contiguous, so a binary search finds
their two ends with few calls, whatever the number of documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from dashboard.ragflow.paging import MAX_PAGE_SIZE
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page

# Documents probed per round and end.
PROBES: Final = 4
# The number of documents below which they are read at once instead of probed individually.
FEW: Final = 32
EPOCH: Final = datetime(1, 1, 1, tzinfo=UTC)
Ask = Callable[[int, int], Page[Document]]


@dataclass(frozen=True)
class UploadDateRange:
    """From the ``first`` to the ``last`` day, inclusive; None is open.

    Days are in the ``zone`` of the user who named them, which threads of parallel calls do not know; None is that of
    the pages.
    """

    first: date | None = None
    last: date | None = None
    zone: tzinfo | None = field(default=None, compare=False)

    @classmethod
    def read(cls, query: QueryDict) -> UploadDateRange:
        """Read ``from`` and ``to`` (2026-11-22), ignoring invalid dates."""
        return cls(_day(query.get("from")), _day(query.get("to")), timezone.get_current_timezone())

    def __bool__(self) -> bool:
        return bool(self.first or self.last)

    @property
    def impossible(self) -> bool:
        """Whether the first day is after the last."""
        return bool(self.first and self.last and self.first > self.last)

    @property
    def begin(self) -> datetime | None:
        """The first moment."""
        return _midnight(self.first, self.zone) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The first moment after the last day."""
        return _midnight(self.last + timedelta(days=1), self.zone) if self.last else None

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment is within these days."""
        moment = moment or EPOCH
        return (self.begin is None or moment >= self.begin) and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Span:
    """The positions of the documents in the list of ``total``, oldest first, counted from 0."""

    begin: int
    end: int
    total: int

    def __len__(self) -> int:
        return self.end - self.begin

    @property
    def positions(self) -> range:
        return range(self.begin, self.end)

    def page(self, number: int, size: int, *, desc: bool) -> range:
        """The positions of one page (from 1); ``desc`` means newest first."""
        before = (number - 1) * size
        if desc:
            return range(max(self.begin, self.end - before - size), max(self.begin, self.end - before))
        return range(min(self.end, self.begin + before), min(self.end, self.begin + before + size))


def span(ask: Ask, days: UploadDateRange, known: Span | None = None) -> Span:
    """The span of the days. ``ask(page, page_size)`` returns a page of the list, oldest first.

    A recently ``known`` span is reused while the number of documents is the same.
    """
    if days.impossible:
        return Span(0, 0, 0)
    total = ask(1, 1).total or 0
    if known is not None and known.total == total:
        return known
    searches = [_Search(moment, 0, total) for moment in (days.begin, days.end) if moment]
    while wide := [search for search in searches if search.high - search.low > FEW]:
        positions = sorted({position for search in wide for position in search.probes})
        found = parallel(*(partial(_created, ask, position) for position in positions))
        seen = dict(zip(positions, found, strict=True))
        for search in wide:
            search.narrow(seen)
    ends = iter(parallel(*(partial(_exactly, ask, search) for search in searches)))
    begin = next(ends) if days.begin else 0
    end = next(ends) if days.end else total
    return Span(begin, max(begin, end), total)


def rows(ask: Ask, wanted: range, days: UploadDateRange) -> list[Document]:
    """The documents at these positions, oldest first, without documents of other days that moved there since."""
    return [document for document in read(ask, wanted) if days.holds(document.created_at)]


def read(ask: Ask, wanted: range, most: int = MAX_PAGE_SIZE) -> list[Document]:
    """The documents at these positions, read in pages of at most ``most``."""
    if not wanted:
        return []
    size = _page_size(wanted, most)
    numbers = range(wanted.start // size, (wanted.stop - 1) // size + 1)
    pages = parallel(*(partial(ask, number + 1, size) for number in numbers))
    found = [document for page in pages for document in page]
    offset = numbers.start * size
    return found[wanted.start - offset : wanted.stop - offset]


class _Search:
    """The number of documents older than a moment, searched between ``low`` and ``high``."""

    def __init__(self, moment: datetime, low: int, high: int) -> None:
        self.moment, self.low, self.high = moment, low, high

    @property
    def probes(self) -> list[int]:
        step = (self.high - self.low) / (PROBES + 1)
        return [self.low + round(step * number) for number in range(1, PROBES + 1)]

    def narrow(self, seen: dict[int, datetime | None]) -> None:
        for position, created in sorted(seen.items()):
            if not self.low <= position < self.high:
                continue
            if created is not None and created < self.moment:
                self.low = position + 1
            else:
                # Newer, or missing because documents were deleted meanwhile.
                self.high = position


def _created(ask: Ask, position: int) -> datetime | None:
    """The upload time of the document at a position; None if there is none."""
    page = ask(position + 1, 1)
    return (page.items[0].created_at or EPOCH) if page.items else None


def _exactly(ask: Ask, search: _Search) -> int:
    between = read(ask, range(search.low, search.high))
    return search.low + sum(1 for document in between if (document.created_at or EPOCH) < search.moment)


def _page_size(wanted: range, most: int) -> int:
    """The smallest page size of which one page covers the range; ``most`` if there is none."""
    for size in range(len(wanted), min(most, 2 * len(wanted) + 16) + 1):
        if wanted.start // size == (wanted.stop - 1) // size:
            return size
    return min(most, len(wanted))


def _day(text: str | None) -> date | None:
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day and 1970 <= day.year <= 9000 else None


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), zone)
