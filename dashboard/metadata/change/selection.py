"""Which documents are meant: all of a dataset, selected ones, or what a list of documents shows."""

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
# The dry run of a change reads every document that it is about, while somebody waits.
MOST: Final = 10_000
# Selected documents are read one by one.
MOST_CHOSEN: Final = 100
# A file of all metadata may be larger: it is only read.
MOST_IN_FILE: Final = 20_000


class TooMany(Exception):
    """More documents are meant than can be handled at once. ``str()`` says how many, and what would be right."""

    def __init__(self, total: int, most: int) -> None:
        words = {"n": count(total), "most": count(most)}
        super().__init__(_("This is about %(n)s documents; at most %(most)s can be handled at once.") % words)


def every(ragflow: RAGFlow, dataset_id: str, most: int = MOST) -> dict[str, Document]:
    """All documents by id, in the order of the list.

    Raises TooMany, before more than one page is read, and NotFound for a dataset that is not ours.
    """
    return {document.id: document for document in listed(ragflow, dataset_id, Query.read(QueryDict()), most)}


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str]) -> list[Document]:
    """Single documents, in the order of their ids; those that are gone are left out."""
    return fetch.by_ids(ragflow, dataset_id, ids[:MOST_CHOSEN])


def listed(ragflow: RAGFlow, dataset_id: str, query: Query, most: int = MOST) -> list[Document]:
    """All that a list of documents showed, on all its pages. Raises TooMany, before more than one page is read."""

    def page(number: int) -> tuple[Page[Document], Sequence[Document]]:
        found = listing.page_of(ragflow, dataset_id, query, number=number, size=PAGE)
        return found, found.items

    # Each once: a list that changes meanwhile may tell one twice.
    return list({row.id: row for rows in _pages(page, most) for row in rows}.values())


def metadata(
    ragflow: RAGFlow, dataset_id: str, most: int, made: Callable[[Sequence[DocumentMetadata]], Made]
) -> list[Made]:
    """What is ``made`` of the metadata of all documents, page by page, in the order of the list.

    Each is made while the next are on their way. A list that changes meanwhile may tell a document twice. Raises
    TooMany and NotFound as ``every``.
    """

    def page(number: int) -> tuple[Page[DocumentMetadata], Made]:
        found = ragflow.documents.metadata(dataset_id, number, PAGE)
        return found, made(found.items)

    return _pages(page, most)


def _pages(page: Callable[[int], tuple[Page[Any], Made]], most: int) -> list[Made]:
    """What ``page`` gives beside each page, from the first to the last."""
    first, part = page(1)
    if (first.total or 0) > most:
        raise TooMany(first.total or 0, most)
    rest = parallel(*[partial(page, number) for number in range(2, (first.pages or 1) + 1)])
    return [part, *(part for _page, part in rest)]
