"""Pagination of lists that RAGFlow pages: the requested page, and the pager under the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

SIZES = (25, 50, 100)


@dataclass(frozen=True)
class PageRequest:
    """Which page (from 1) and how many rows on it."""

    number: int
    size: int

    @classmethod
    def read(cls, query: QueryDict, sizes: Sequence[int] = SIZES, default: int = SIZES[0]) -> PageRequest:
        """Read ``?page=2&page_size=50``; invalid values become the default."""
        number, size = _positive(query.get("page")), _positive(query.get("page_size"))
        return cls(min(number or 1, 1_000_000), size if size is not None and size in sizes else default)


def _positive(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 and int(text) else None


@dataclass(frozen=True)
class Pager:
    """One page of a list, for ``core/pager.html``.

    Page ``number`` (from 1) of ``size`` rows holds ``shown`` rows. ``total`` is None if RAGFlow does not report it;
    then ``more`` says whether there is a next page. ``sizes`` are the selectable page sizes.
    """

    number: int
    size: int
    shown: int
    total: int | None = None
    more: bool = False
    sizes: tuple[int, ...] = SIZES

    @property
    def first(self) -> int:
        """The number of the first row shown; 0 if there are none."""
        return (self.number - 1) * self.size + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + self.shown

    @property
    def pages(self) -> int | None:
        """The number of pages, at least 1; None if the total is unknown."""
        return None if self.total is None else max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        has_next = self.more if self.pages is None else self.number < self.pages
        return self.number + 1 if has_next else None

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """The page numbers to link: first, last, current and its neighbours; None marks a gap."""
        if self.pages is None:
            return ()
        near = {1, self.pages, self.number - 1, self.number, self.number + 1}
        if self.number <= 4:
            near |= set(range(1, 6))
        if self.number >= self.pages - 3:
            near |= set(range(self.pages - 4, self.pages + 1))
        found: list[int | None] = []
        for number in sorted(number for number in near if 1 <= number <= self.pages):
            before = found[-1] if found else None
            if before is not None and number - before == 2:
                found.append(number - 1)
            elif before is not None and number - before > 2:
                found.append(None)
            found.append(number)
        return tuple(found)

    @property
    def offers_sizes(self) -> bool:
        """Whether another page size would make a difference."""
        return len(self.sizes) > 1 and (self.total is None or self.total > min(self.sizes))
