"""The list filtered by upload date, or in an order that RAGFlow can't sort by: a page of it, and counts by status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from dashboard.documents.query import fetch, upload_dates
from dashboard.documents.query.query import STALLED, STATUSES, Query
from dashboard.documents.query.upload_dates import Ask
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.paging import MAX_PAGE_SIZE
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page, RunStatus

# Up to this many documents are read completely, so that they can be counted and sorted in any order.
WHOLE: Final = 1000
ALL: Final = "ALL"
ORDERS: Final[dict[str, Callable[[Document], Any]]] = {
    "name": lambda document: document.name.casefold(),
    "status": lambda document: document.progress,
    "type": lambda document: document.suffix.casefold(),
    "method": lambda document: document.chunk_method,
    "took": lambda document: document.process_duration,
    "enabled": lambda document: document.enabled,
    "chunks": lambda document: document.chunk_count,
    "tokens": lambda document: document.token_count,
    "size": lambda document: document.size,
    "uploaded": lambda document: document.created_at or upload_dates.EPOCH,
    "updated": lambda document: document.updated_at or upload_dates.EPOCH,
}


@dataclass(frozen=True)
class Dated:
    """A page, and ``counts`` by run status (and ALL); above WHOLE documents, only the known counts.

    ``by_upload`` says that there are too many documents for any other order.
    """

    page: Page[Document]
    counts: dict[str, int]
    by_upload: bool = False


def dated(
    server: Server, ragflow: RAGFlow, dataset_id: str, query: Query, stalled: Collection[str], *, fresh: bool = False
) -> Dated:
    """The documents that match ``query``, in its order if possible. ``stalled`` are the ids of stalled documents."""
    everything = replace(query, status="")
    ask = fetch.oldest_first(ragflow, dataset_id, everything)
    span = fetch.span_of(server, dataset_id, everything, ask, fresh=fresh)
    if len(span) <= WHOLE:
        found = upload_dates.rows(ask, span.positions, query.days)
        counts = {state.value: 0 for state in RunStatus} | Counter(document.run.value for document in found)
        chosen = [document for document in found if _has(document, query.status, stalled)]
        return Dated(cut(chosen, query), counts | {ALL: len(found)})
    counts = {ALL: len(span)}
    if query.status and query.status != STALLED:
        ask = fetch.oldest_first(ragflow, dataset_id, query)
        span = fetch.span_of(server, dataset_id, query, ask, fresh=fresh)
        counts[STATUSES[query.status].value] = len(span)
        if len(span) <= WHOLE:
            return Dated(cut(upload_dates.rows(ask, span.positions, query.days), query), counts)
    desc = query.sort.desc if query.sort.key == "uploaded" else True
    number = max(1, min(query.page.number, -(-len(span) // query.page.size)))
    page = fetch.page_of_span(ask, span, query, number=number, size=query.page.size, desc=desc)
    return Dated(page, counts, by_upload=True)


def _has(document: Document, status: str, stalled: Collection[str]) -> bool:
    if status == STALLED:
        return document.run is RunStatus.RUNNING and document.id in stalled
    return not status or document.run is STATUSES[status]


def sorted_here(ask: Ask, query: Query) -> tuple[Page[Document], bool]:
    """A page in the order of ``query``, which RAGFlow cannot sort by; and False, or True if they are too many to sort.

    ``ask`` returns pages of the list, newest first; up to WHOLE documents are read completely, else one page.
    """
    first = ask(1, MAX_PAGE_SIZE)
    total = first.total or 0
    if total > WHOLE:
        return ask(query.page.number, query.page.size), True
    rest = parallel(*(partial(ask, number, MAX_PAGE_SIZE) for number in range(2, (first.pages or 1) + 1)))
    return cut({document.id: document for page in (first, *rest) for document in page}.values(), query), False


def cut(found: Collection[Document], query: Query) -> Page[Document]:
    """One page of completely read documents in the order of ``query``; the last page if it is beyond the end."""
    ordered = sorted(found, key=ORDERS[query.sort.key], reverse=query.sort.desc)
    size = query.page.size
    number = max(1, min(query.page.number, -(-len(ordered) // size)))
    items = tuple(ordered[(number - 1) * size : number * size])
    return Page(items=items, total=len(ordered), page=number, page_size=size)
