"""Selects documents: all of a dataset, individual ones, or those that a list shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.core.formatting import count
from dashboard.documents.query import fetch, listing
from dashboard.documents.query.listing import Query
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.types import Document, DocumentMetadata, Page

Made = TypeVar("Made")

PAGE: Final = 500
# The preview of a change reads every affected document while the user waits.
MOST: Final = 10_000
# Selected documents are read one by one.
MOST_CHOSEN: Final = 100
# An export may be larger, since it only reads.
MOST_IN_FILE: Final = 20_000


class TooMany(Exception):
    """Too many documents for one change. ``str()`` names their number and the limit."""

    def __init__(self, total: int, most: int) -> None:
        words = {"n": count(total), "most": count(most)}
        super().__init__(_("There are %(n)s documents; at most %(most)s can be handled at once.") % words)


def every(ragflow: RAGFlow, dataset_id: str, most: int = MOST) -> dict[str, Document]:
    """All documents by id, in list order.

    Raises TooMany after reading at most one page, and NotFound for an inaccessible dataset.
    """
    return {document.id: document for document in listed(ragflow, dataset_id, Query.read(QueryDict()), most)}


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str]) -> list[Document]:
    """Individual documents in the order of the ids, without those that no longer exist."""
    return fetch.by_ids(ragflow, dataset_id, ids[:MOST_CHOSEN])


def listed(ragflow: RAGFlow, dataset_id: str, query: Query, most: int = MOST) -> list[Document]:
    """All documents of a list, on all its pages. Raises TooMany after reading at most one page."""

    size = ragflow.documents.rows_at_once(PAGE)

    def page(number: int) -> tuple[Page[Document], Sequence[Document]]:
        found = listing.page_of(ragflow, dataset_id, query, number=number, size=size)
        return found, found.items

    # Keyed by id: a list that changes meanwhile may return a document twice.
    return list({row.id: row for rows in _pages(page, most) for row in rows}.values())


def metadata(
    ragflow: RAGFlow, dataset_id: str, most: int, made: Callable[[Sequence[DocumentMetadata]], Made]
) -> list[Made]:
    """The result of ``made`` for each page of all documents' metadata, in list order.

    It runs while the next pages are loading. A list that changes meanwhile may return a document twice. Raises TooMany
    and NotFound like ``every``.
    """

    size = ragflow.documents.rows_at_once(PAGE)

    def page(number: int) -> tuple[Page[DocumentMetadata], Made]:
        found = ragflow.documents.metadata(dataset_id, number, size)
        return found, made(found.items)

    return _pages(page, most)


def _pages(page: Callable[[int], tuple[Page[Any], Made]], most: int) -> list[Made]:
    """The results of ``page`` for every page, first to last."""
    first, part = page(1)
    if (first.total or 0) > most:
        raise TooMany(first.total or 0, most)
    rest = parallel(*[partial(page, number) for number in range(2, (first.pages or 1) + 1)])
    return [part, *(part for _page, part in rest)]
