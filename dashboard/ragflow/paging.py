"""The query parameters of lists: page, page size and sorting (contract §5, ragflow-0.27 §0.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from dashboard.ragflow.errors import UnsafeCall
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Page

Item = TypeVar("Item")

# Larger pages and longer lists of ids are refused since 0.26.
MAX_PAGE_SIZE: Final = 100
MAX_IDS: Final = 100


def page_query(
    page: int, page_size: int, orderby: str | None = None, desc: bool = True, *, largest: int = MAX_PAGE_SIZE
) -> dict[str, str | int]:
    """The parameters of every list. Page and size start at 1, because endpoints differ on what 0 means.

    ``largest`` is the largest page that this list has on this release.
    """
    if page < 1 or not 1 <= page_size <= largest:
        raise UnsafeCall(f"page {page} of size {page_size} is not allowed")
    query: dict[str, str | int] = {"page": page, "page_size": page_size}
    if orderby is not None:
        query["orderby"] = orderby
        query["desc"] = "true" if desc else "false"
    return query


def every_page(page: Callable[[int], Page[Item]], most: int | None = None) -> tuple[Page[Item], ...]:
    """The pages of a list, or the first ``most``: ``page(1)``, and then the others in parallel."""
    first = page(1)
    last = first.pages or 1
    return (first, *parallel(*(partial(page, number) for number in range(2, min(last, most or last) + 1))))


def in_hundreds(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in portions for lists of ids: at most MAX_IDS each."""
    for start in range(0, len(items), MAX_IDS):
        yield items[start : start + MAX_IDS]


def page_of(items: Sequence[Item], page: int, page_size: int) -> Page[Item]:
    """One page of a list that was read completely."""
    start = (page - 1) * page_size
    return Page(items=tuple(items[start : start + page_size]), total=len(items), page=page, page_size=page_size)
