"""Ingestion logs: every finished run of parsing a document, and of a job over a dataset (ragflow-0.27 §6).

Only releases since 0.25 keep them: ask ``client.can("ingestion logs")`` before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import Page, RunStatus

# RAGFlow refuses larger pages (ragflow-0.27 §0.1).
MAX_PAGE = 100


class LogKind(StrEnum):
    """What was run: a document was parsed, or a job over the whole dataset."""

    DOCUMENTS = "file"
    JOBS = "dataset"


@dataclass(frozen=True, slots=True)
class IngestionLog:
    """One run. ``progress`` is 1, or -1 if it failed; ``duration`` is in seconds; ``ended_at`` is when it was logged.

    ``task_type`` is RAGFlow's word: "Parse", "RAPTOR", … ``document_id`` and ``document_name`` (the name at that time)
    are "" for a job over the dataset. ``method`` is the title of the pipeline or the chunk method; "" for such a job.
    """

    id: str
    task_type: str
    document_id: str
    document_name: str
    method: str
    state: RunStatus
    progress: float
    log: str
    duration: float
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class IngestionSummary:
    """The dataset's counters, and the number of its documents in each state."""

    documents: int
    chunks: int
    tokens: int
    states: Mapping[RunStatus, int]


class _WireLog(msgspec.Struct):
    """A row. ``dsl``, which can be megabytes, is skipped by the decoder."""

    id: str
    task_type: str | None = None
    document_id: str | None = None
    document_name: str | None = None
    pipeline_title: str | None = None
    operation_status: str | int | None = None
    progress: float | None = 0.0
    progress_msg: str | None = None
    process_duration: float | None = 0.0
    create_time: float | None = None


class _WireLogs(msgspec.Struct):
    total: int
    logs: list[_WireLog | None] | None = None


class _WireSummary(msgspec.Struct):
    doc_num: int | None = 0
    chunk_num: int | None = 0
    token_num: int | None = 0
    status: dict[str, int] | None = None


_logs = msgspec.json.Decoder(_WireLogs)
_log = msgspec.json.Decoder(_WireLog)
_summary = msgspec.json.Decoder(_WireSummary)
# RAGFlow's task states. A scheduled run ("5") waits for its worker, as most of the running ones do.
_STATES = {
    "0": RunStatus.UNSTART,
    "1": RunStatus.RUNNING,
    "2": RunStatus.CANCEL,
    "3": RunStatus.DONE,
    "4": RunStatus.FAIL,
    "5": RunStatus.RUNNING,
}
_COUNTS = {
    "unstart_count": RunStatus.UNSTART,
    "running_count": RunStatus.RUNNING,
    "cancel_count": RunStatus.CANCEL,
    "done_count": RunStatus.DONE,
    "fail_count": RunStatus.FAIL,
}


class Ingestions:
    """The ingestion logs of datasets."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, dataset_id: str, kind: LogKind, page: int = 1, page_size: int = 30) -> Page[IngestionLog]:
        """One page of at most 100 runs, newest first (ragflow-0.27 §6). Raises NotFound for a dataset not ours."""
        query: dict[str, Any] = {
            **page_query(page, min(page_size, MAX_PAGE), "create_time", True),
            "log_type": kind.value,
        }
        found = self._transport.rows(_path(dataset_id), query, _logs)
        items = tuple(_read(wire) for wire in found.logs or () if wire)
        return Page(items=items, total=found.total, page=page, page_size=int(query["page_size"]))

    def get(self, dataset_id: str, log_id: str) -> IngestionLog:
        """One run (ragflow-0.27 §6). Raises NotFound. On 0.25, it comes without the document."""
        path = f"{_path(dataset_id)}/{guards.lookup_id(log_id, 'log')}"
        return _read(self._transport.rows(path, None, _log))

    def summary(self, dataset_id: str) -> IngestionSummary:
        """How many documents are in each state (ragflow-0.27 §6). Raises NotFound for a dataset that is not ours."""
        wire = self._transport.get(f"{_path(dataset_id)}/summary").decode(_summary)
        states = wire.status or {}
        return IngestionSummary(
            documents=wire.doc_num or 0,
            chunks=wire.chunk_num or 0,
            tokens=wire.token_num or 0,
            states={state: states.get(name, 0) for name, state in _COUNTS.items()},
        )


def _path(dataset_id: str) -> str:
    return f"/api/v1/datasets/{guards.lookup_id(dataset_id, 'dataset')}/ingestions"


def _read(wire: _WireLog) -> IngestionLog:
    progress = wire.progress or 0.0
    return IngestionLog(
        id=wire.id,
        task_type=wire.task_type or "",
        document_id=wire.document_id or "",
        document_name=wire.document_name or "",
        method=wire.pipeline_title or "",
        state=_STATES.get(str(wire.operation_status), RunStatus.UNSTART),
        progress=-1.0 if progress < 0 else min(progress, 1.0),
        log=wire.progress_msg or "",
        duration=wire.process_duration or 0.0,
        ended_at=moment(wire.create_time),
    )
