"""Which documents of a dataset have older settings, without reading more than a few pages of its list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.core.cache import cache
from django.http import QueryDict

from dashboard.documents.bulk import reparse_impact
from dashboard.documents.parsing import fingerprint as drift
from dashboard.documents.query.listing import Query
from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document

KEPT_SECONDS: Final = 30
# The action of the jobs that bring documents over (``job_actions``).
ACTION: Final = "apply-settings"


@dataclass(frozen=True)
class OutdatedReport:
    """The ``older`` documents among the first ``looked`` of ``total``."""

    older: tuple[Document, ...]
    looked: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.looked >= self.total

    @property
    def chunks(self) -> int:
        """Chunks that go when the older ones are parsed again."""
        return sum(document.chunk_count for document in self.older)


@dataclass(frozen=True)
class Count:
    """How many are older; ``exact`` is False when there may be more."""

    older: int
    exact: bool


def look(ragflow: RAGFlow, server: Server, dataset: Dataset) -> OutdatedReport:
    """At most four calls, the documents that were stored first. What it finds is what ``count`` says next."""
    current = drift.remember(server, dataset)
    matching = reparse_impact.matching(ragflow, dataset.id, Query.read(QueryDict()))
    older = tuple(one for one in matching.documents if drift.is_older(drift.fingerprint(one), current))
    found = OutdatedReport(older, looked=len(matching.documents), total=matching.total)
    cache.set(_key(server, dataset), Count(len(older), found.is_complete), KEPT_SECONDS)
    return found


def count(ragflow: RAGFlow, server: Server, dataset: Dataset) -> Count:
    """As ``look``, at most half a minute old. Nothing is read for a dataset without documents, or with a pipeline."""
    if not dataset.document_count or dataset.pipeline_id:
        return Count(0, exact=True)
    kept: Count | None = cache.get(_key(server, dataset))
    if kept is not None:
        return kept
    found = look(ragflow, server, dataset)
    return Count(len(found.older), found.is_complete)


def last_count(server: Server, dataset: Dataset) -> Count | None:
    """What was counted last, if that is not long ago. Asks RAGFlow nothing."""
    found: Count | None = cache.get(_key(server, dataset))
    return found


def for_rows(server: Server, dataset: Dataset | None, rows: Sequence[bool], *, busy: bool) -> Count | None:
    """What a page can say that shows these documents, older ones or not, without asking; None for nothing.

    ``busy`` when a job goes on in the dataset: only then it may be one that brings them over.
    """
    if dataset is None or dataset.pipeline_id:
        return None
    shown, whole = sum(rows), len(rows) >= dataset.document_count
    counted = None if whole else last_count(server, dataset)
    if counted is None or counted.older < shown:
        counted = Count(shown, exact=whole)
    return counted if counted.older and not (busy and under_way(server, dataset)) else None


def under_way(server: Server, dataset: Dataset) -> bool:
    """Whether a job brings the documents over right now."""
    return Job.objects.filter(server=server, dataset_id=dataset.id, action=ACTION, ended_at=None).exists()


def forget(server: Server, dataset: Dataset) -> None:
    """After a change of our own."""
    cache.delete(_key(server, dataset))


def fingerprint(dataset: Dataset, found: OutdatedReport) -> str:
    """What somebody agrees to: these documents, these settings, these chunks."""
    state = [sorted((one.id, one.chunk_count) for one in found.older), sorted(drift.marks_of(dataset)), found.total]
    return sha256(json.dumps(state).encode()).hexdigest()[:16]


def _key(server: Server, dataset: Dataset) -> str:
    # Other settings, another count.
    marks = "-".join(f"{mark:x}" for mark in sorted(drift.marks_of(dataset)))
    return f"{server.cache_key}:older:{dataset.id}:{marks}"
