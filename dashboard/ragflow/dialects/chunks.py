"""Chunks: how releases differ (contract §12, §22; ragflow-0.27 §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.ragflow.paging import MAX_PAGE_SIZE
from dashboard.ragflow.releases.release import Release


@dataclass(frozen=True, slots=True)
class ChunksDialect:
    """``largest_page``: the most rows of one list call. ``update``: the HTTP method that changes a chunk. ``images``:
    the path of the pictures of chunks, without the id."""

    largest_page: int
    update: Literal["PUT", "PATCH"]
    images: str


_OLD = ChunksDialect(largest_page=1000, update="PUT", images="/v1/document/image")
_NEW = ChunksDialect(largest_page=MAX_PAGE_SIZE, update="PATCH", images="/api/v1/documents/images")


def of(release: Release) -> ChunksDialect:
    """The dialect of a release."""
    return _NEW if release.number >= (0, 25, 0) else _OLD
