"""Finds documents with outdated settings, reading at most a few pages of the dataset's list."""

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
# The action of the jobs that apply the settings (``job_actions``).
ACTION: Final = "apply-settings"


@dataclass(frozen=True)
class OutdatedReport:
    """The outdated (``older``) documents among the first ``looked`` of ``total``."""

    older: tuple[Document, ...]
    looked: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.looked >= self.total

    @property
    def chunks(self) -> int:
        """The number of chunks that reparsing the outdated documents deletes."""
        return sum(document.chunk_count for document in self.older)


@dataclass(frozen=True)
class Count:
    """The number of outdated documents; ``exact`` is False if there may be more."""

    older: int
    exact: bool


def look(ragflow: RAGFlow, server: Server, dataset: Dataset) -> OutdatedReport:
    """Check the oldest documents with at most four calls, and cache the result for ``count``."""
    current = drift.remember(server, dataset)
    matching = reparse_impact.matching(ragflow, dataset.id, Query.read(QueryDict()))
    older = tuple(one for one in matching.documents if drift.is_older(drift.fingerprint(one), current))
    found = OutdatedReport(older, looked=len(matching.documents), total=matching.total)
    cache.set(_key(server, dataset), Count(len(older), found.is_complete), KEPT_SECONDS)
    return found


def count(ragflow: RAGFlow, server: Server, dataset: Dataset) -> Count:
    """As ``scan``, at most half a minute old. Datasets without documents or with a pipeline are not read."""
    if not dataset.document_count or dataset.pipeline_id:
        return Count(0, exact=True)
    kept: Count | None = cache.get(_key(server, dataset))
    if kept is not None:
        return kept
    found = look(ragflow, server, dataset)
    return Count(len(found.older), found.is_complete)


def last_count(server: Server, dataset: Dataset) -> Count | None:
    """The cached count, if recent. Does not call RAGFlow."""
    found: Count | None = cache.get(_key(server, dataset))
    return found


def for_rows(server: Server, dataset: Dataset | None, rows: Sequence[bool], *, busy: bool) -> Count | None:
    """The count for a page that shows these documents, without calling RAGFlow; None if unknown.

    ``busy`` says that a job is running in the dataset, which may be one that applies the settings.
    """
    if dataset is None or dataset.pipeline_id:
        return None
    shown, whole = sum(rows), len(rows) >= dataset.document_count
    counted = None if whole else last_count(server, dataset)
    if counted is None or counted.older < shown:
        counted = Count(shown, exact=whole)
    return counted if counted.older and not (busy and under_way(server, dataset)) else None


def under_way(server: Server, dataset: Dataset) -> bool:
    """Whether a job is applying the settings."""
    return Job.objects.filter(server=server, dataset_id=dataset.id, action=ACTION, ended_at=None).exists()


def forget(server: Server, dataset: Dataset) -> None:
    """Drop the cached count after a change."""
    cache.delete(_key(server, dataset))


def fingerprint(dataset: Dataset, found: OutdatedReport) -> str:
    """A hash of what the user confirms: documents, settings and chunks."""
    state = [sorted((one.id, one.chunk_count) for one in found.older), sorted(drift.marks_of(dataset)), found.total]
    return sha256(json.dumps(state).encode()).hexdigest()[:16]


def _key(server: Server, dataset: Dataset) -> str:
    # The key contains the settings, so that a change invalidates the count.
    marks = "-".join(f"{mark:x}" for mark in sorted(drift.marks_of(dataset)))
    return f"{server.cache_key}:older:{dataset.id}:{marks}"
