"""The query of a list: where it starts, how long a page is, how it is sorted (contract §5)."""

from __future__ import annotations

from dashboard.ragflow.errors import UnsafeCall

MAX_PAGE_SIZE = 1000


def page_query(page: int, page_size: int, orderby: str | None = None, desc: bool = True) -> dict[str, str | int]:
    """The parameters every list takes. Pages count from 1; page 0 or size 0 mean something else on each endpoint."""
    if page < 1 or not 1 <= page_size <= MAX_PAGE_SIZE:
        raise UnsafeCall(f"page {page} of size {page_size} cannot be asked for")
    query: dict[str, str | int] = {"page": page, "page_size": page_size}
    if orderby is not None:
        query["orderby"] = orderby
        query["desc"] = "true" if desc else "false"
    return query
