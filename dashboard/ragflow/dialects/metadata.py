"""Metadata: how releases differ (contract §11, ragflow-0.27 §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.ragflow.releases.release import Release


@dataclass(frozen=True, slots=True)
class MetadataDialect:
    """``method`` and ``path`` (after the dataset's own path) of a change of many documents; the body is the same."""

    method: Literal["POST", "PATCH"]
    path: str


_OLD = MetadataDialect("POST", "metadata/update")
_NEW = MetadataDialect("PATCH", "documents/metadatas")


def of(release: Release) -> MetadataDialect:
    """The dialect of a release."""
    return _NEW if release.number >= (0, 25, 0) else _OLD
