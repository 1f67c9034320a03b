"""The upstream calls for lists of documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Final

from django.core.cache import cache

from dashboard.conditions import matching
from dashboard.core.paging import PageRequest
from dashboard.documents.query import kinds, upload_dates
from dashboard.documents.query.query import COLUMNS, DEFAULT_SORT, SIZES, STATUSES, Query
from dashboard.documents.query.upload_dates import Ask, Span
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.paging import in_hundreds
from dashboard.ragflow.types import Document, Page, RunStatus

SPAN_KEPT: Final = 10
# Up to this many documents are requested one by one instead of with a page of the list.
FEW: Final = 2


def page_of(
    ragflow: RAGFlow,
    dataset_id: str,
    query: Query,
    *,
    number: int,
    size: int,
    orderby: str = "create_time",
    desc: bool = False,
) -> Page[Document]:
    """A page of the documents that match ``query``, with a given order and size; with dates always by upload."""
    if not matching.can_be_met(ragflow, [dataset_id], query.conditions.asked):
        return Page(items=(), total=0, page=number, page_size=size)
    if not query.days:
        return raw_page(ragflow, dataset_id, query, number=number, size=size, orderby=orderby, desc=desc)
    ask = oldest_first(ragflow, dataset_id, query)
    found = upload_dates.span(ask, query.days)
    return page_of_span(ask, found, query, number=number, size=size, desc=desc)


def page_of_span(ask: Ask, span: Span, query: Query, *, number: int, size: int, desc: bool) -> Page[Document]:
    """A page of the documents uploaded between the dates of ``query``, by upload."""
    found = upload_dates.rows(ask, span.page(number, size, desc=desc), query.days)
    return Page(items=tuple(reversed(found) if desc else found), total=len(span), page=number, page_size=size)


def raw_page(
    ragflow: RAGFlow,
    dataset_id: str,
    query: Query,
    *,
    number: int,
    size: int,
    orderby: str = "create_time",
    desc: bool = False,
) -> Page[Document]:
    """A page as RAGFlow returns it, without the date filter and without checking combined conditions."""
    wanted = query.conditions.asked
    found = ragflow.documents.list(
        dataset_id,
        page=number,
        page_size=size,
        orderby=orderby,
        desc=desc,
        keywords=query.search or None,
        condition=wanted,
        run=(STATUSES[query.status],) if query.status else (),
        suffix=kinds.suffixes(query.kind),
    )
    if wanted and not all(wanted.may_be_met_by(document) for document in found):
        # Some releases return all documents if none matches.
        return Page(items=(), total=0, page=number, page_size=size)
    return found


def by_ids(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str], query: Query | None = None) -> list[Document]:
    """The documents of the dataset with these ids, in this order, without those that no longer exist.

    More than a few are requested together, in one call per hundred; before 0.25, they are taken from the page of the
    list that showed them (``query``). Documents that were not found so are requested one by one.
    """
    wanted = [one for one in dict.fromkeys(ids) if one]
    found: dict[str, Document] = {}
    if len(wanted) > FEW and ragflow.documents.chooses_by_ids:
        for part in parallel(*(partial(ragflow.documents.some, dataset_id, part) for part in in_hundreds(wanted))):
            found |= part
        return [found[one] for one in wanted if one in found]
    # RAGFlow cannot list stalled documents, or filter by upload date.
    if query is not None and len(wanted) > FEW and not query.days and query.status in ("", *STATUSES):
        page = raw_page(
            ragflow,
            dataset_id,
            query,
            number=query.page.number,
            size=query.page.size,
            orderby=COLUMNS[query.sort.key],
            desc=query.sort.desc,
        )
        found = {document.id: document for document in page}

    def get(document_id: str) -> Callable[[], Document | None]:
        def ask() -> Document | None:
            try:
                return ragflow.documents.get(dataset_id, document_id)
            except errors.NotFound:
                return None

        return ask

    missing = [one for one in wanted if one not in found]
    if missing:
        asked = parallel(*(get(one) for one in missing))
        found |= {document.id: document for document in asked if document is not None}
    return [found[one] for one in wanted if one in found]


def count(ragflow: RAGFlow, dataset_id: str, query: Query, run: RunStatus | None) -> int:
    """The number of documents of one run status (None: any) that match ``query``, ignoring its status and dates."""
    status = next((word for word, state in STATUSES.items() if state is run), "")
    return raw_page(ragflow, dataset_id, replace(query, status=status), number=1, size=1).total or 0


def counts(
    ragflow: RAGFlow, dataset_id: str, query: Query, states: Sequence[RunStatus | None], *, at_once: bool = True
) -> dict[RunStatus | None, int]:
    """Like ``count`` for several ``states``, in parallel; or of all states in one call, if the server can do that."""
    if at_once and not query.conditions.asked:
        told = ragflow.documents.counts(dataset_id, query.search or None, kinds.suffixes(query.kind))
        if told is not None:
            everything: dict[RunStatus | None, int] = {None: sum(told.values())}
            return everything | told
    found = parallel(*(partial(count, ragflow, dataset_id, query, state) for state in states))
    return dict(zip(states, found, strict=True))


def oldest_first(ragflow: RAGFlow, dataset_id: str, query: Query) -> Ask:
    """A function for pages of the list, oldest document first."""
    return lambda number, size: raw_page(ragflow, dataset_id, query, number=number, size=size)


def newest_first(ragflow: RAGFlow, dataset_id: str, query: Query) -> Ask:
    """A function for pages of the list, newest document first."""
    return lambda number, size: raw_page(ragflow, dataset_id, query, number=number, size=size, desc=True)


def span_of(server: Server, dataset_id: str, query: Query, ask: Ask, *, fresh: bool = False) -> Span:
    """The positions of the documents of the dates in ``ask``; cached for some seconds unless ``fresh``."""
    key = f"{server.cache_key}:span:{dataset_id}:{filters_key(query)}"
    known: Span | None = None if fresh else cache.get(key)
    found = upload_dates.span(ask, query.days, known)
    if found != known:
        cache.set(key, found, SPAN_KEPT)
    return found


def filters_key(query: Query) -> str:
    """A part of a cache key that is equal for equal filters. Hashed, since searches may contain any text."""
    words = query.encode(sort=DEFAULT_SORT, page=PageRequest(1, SIZES[0]))
    if query.days:
        words += f" {query.days.zone}"  # equal days of others begin at other moments
    return sha256(words.encode()).hexdigest()
