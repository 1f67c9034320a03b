"""Datasets: how releases differ (contract §7, ragflow-0.27 §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.types import RunStatus

_STATES: Final = {
    "unstart_count": RunStatus.UNSTART,
    "running_count": RunStatus.RUNNING,
    "cancel_count": RunStatus.CANCEL,
    "done_count": RunStatus.DONE,
    "fail_count": RunStatus.FAIL,
}


@dataclass(frozen=True, slots=True)
class DatasetsDialect:
    """``may_count``: the list takes ``include_parsing_status`` and ``ids``. Only from 0.26 or so does it count indeed:
    0.25.4 leaves the counts out."""

    may_count: bool


_OLD = DatasetsDialect(may_count=False)
_NEW = DatasetsDialect(may_count=True)


def of(release: Release) -> DatasetsDialect:
    """The dialect of a release."""
    return _NEW if release.number >= (0, 25, 0) else _OLD


def counts_of(raw: Mapping[str, Any] | None) -> dict[RunStatus, int] | None:
    """The documents of a dataset by run status; None if the server did not count them."""
    if not raw:
        return None
    return {state: number for key, state in _STATES.items() if isinstance(number := raw.get(key, 0), int)}
