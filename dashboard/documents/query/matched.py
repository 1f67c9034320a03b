"""The documents that match a job's query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from django.http import QueryDict

from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.models import Job
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document

PAGE: Final = 500


def matched(client: RAGFlow, job: Job) -> Iterator[Iterable[Document]]:
    """The documents, one page per call. Raises the client's errors."""
    query = Query.read(QueryDict(job.query.removeprefix("?")))
    number, pages = 1, 1
    while number <= pages:
        page = listing.page_of(client, job.dataset_id, query, number=number, size=PAGE)
        yield page
        pages = page.pages or 1
        number += 1
