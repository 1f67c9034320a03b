"""The query parameters of lists: page, page size and sorting (contract §5)."""

from __future__ import annotations

from dashboard.ragflow.errors import UnsafeCall

MAX_PAGE_SIZE = 1000


def page_query(page: int, page_size: int, orderby: str | None = None, desc: bool = True) -> dict[str, str | int]:
    """The parameters of every list. Page and size start at 1, because endpoints differ on what 0 means."""
    if page < 1 or not 1 <= page_size <= MAX_PAGE_SIZE:
        raise UnsafeCall(f"page {page} of size {page_size} is not allowed")
    query: dict[str, str | int] = {"page": page, "page_size": page_size}
    if orderby is not None:
        query["orderby"] = orderby
        query["desc"] = "true" if desc else "false"
    return query
