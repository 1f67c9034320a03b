"""Documents: how releases differ (contract §9, ragflow-0.27 §6)."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.ragflow.releases.release import Release


@dataclass(frozen=True, slots=True)
class DocumentsDialect:
    """``chooses_by_ids``: the list filters by ``ids``. ``destroys_originals``: deleting a linked document deletes its
    file in the file manager (contract §9.5)."""

    chooses_by_ids: bool
    destroys_originals: bool


_OLD = DocumentsDialect(chooses_by_ids=False, destroys_originals=True)
_NEW = DocumentsDialect(chooses_by_ids=True, destroys_originals=False)


def of(release: Release) -> DocumentsDialect:
    """The dialect of a release."""
    return _NEW if release.number >= (0, 25, 0) else _OLD
