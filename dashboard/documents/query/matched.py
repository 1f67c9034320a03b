"""The documents that match a job's query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from django.http import QueryDict

from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.models import Job
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.types import Document

PAGE: Final = 500
# Pages that are smaller than that are requested so many at once.
AT_ONCE: Final = 5


def matched(client: RAGFlow, job: Job) -> Iterator[Iterable[Document]]:
    """The documents, one page of the list after the other. Raises the client's errors."""
    query = Query.read(QueryDict(job.query.removeprefix("?")))
    size = client.documents.rows_at_once(PAGE)
    page = partial(listing.page_of, client, job.dataset_id, query, size=size)
    first = page(number=1)
    yield first
    number, pages, step = 2, first.pages or 1, 1 if size == PAGE else AT_ONCE
    while number <= pages:
        found = parallel(*(partial(page, number=one) for one in range(number, min(number + step, pages + 1))))
        yield from found
        pages = found[-1].pages or 1
        number += step
