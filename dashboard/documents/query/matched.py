"""The documents that match a job's query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.http import QueryDict

from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.models import Job
from dashboard.ragflow import RAGFlow

PAGE: Final = 500


def matched(client: RAGFlow, job: Job) -> Iterator[Mapping[str, str]]:
    """Names by id, one page per call. Raises the client's errors."""
    query = Query.read(QueryDict(job.query.removeprefix("?")))
    number, pages = 1, 1
    while number <= pages:
        page = listing.page_of(client, job.dataset_id, query, number=number, size=PAGE)
        yield {document.id: document.name for document in page}
        pages = page.pages or 1
        number += 1
