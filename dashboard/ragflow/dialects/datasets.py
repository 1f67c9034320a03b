"""Datasets: how releases differ (contract §7, ragflow-0.27 §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.types import Dataset, RunStatus

_STATES: Final = {
    "unstart_count": RunStatus.UNSTART,
    "running_count": RunStatus.RUNNING,
    "cancel_count": RunStatus.CANCEL,
    "done_count": RunStatus.DONE,
    "fail_count": RunStatus.FAIL,
}


class WireDataset(msgspec.Struct):
    """A row as returned by list, create and update."""

    id: str
    name: str | None
    chunk_method: str | None
    avatar: str | None = None
    description: str | None = None
    embedding_model: str | None = None
    embedding_model_name: str | None = None
    permission: str | None = None
    document_count: int | None = 0
    chunk_count: int | None = 0
    token_num: int | None = 0
    parser_config: dict[str, Any] | None = None
    pagerank: int | None = 0
    pipeline_id: str | None = None
    language: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    parsing_status: dict[str, Any] | None = None


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


def dataset_of(wire: WireDataset) -> Dataset:
    """The dataset of a row."""
    return Dataset(
        id=wire.id,
        name=wire.name or "",
        avatar=wire.avatar or "",
        description=wire.description or "",
        embedding_model=wire.embedding_model or "",
        embedding_model_name=wire.embedding_model_name or "",
        permission=wire.permission or "",
        chunk_method=wire.chunk_method or "",
        document_count=wire.document_count or 0,
        chunk_count=wire.chunk_count or 0,
        token_count=wire.token_num or 0,
        parser_config=fields(wire.parser_config),
        pagerank=wire.pagerank or 0,
        pipeline_id=wire.pipeline_id or "",
        language=wire.language or "",
        created_at=moment(wire.create_time),
        updated_at=moment(wire.update_time),
        states=counts_of(wire.parsing_status),
    )
