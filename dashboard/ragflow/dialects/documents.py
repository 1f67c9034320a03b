"""Documents: how releases differ, and how a row is read (contract §9, §10; ragflow-0.27 §6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.paging import MAX_PAGE_SIZE
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.types import Document, RunStatus


@dataclass(frozen=True, slots=True)
class DocumentsDialect:
    """``largest_page``: the most rows of one list call. ``orders``: the columns by which the list can be sorted, unless
    it is any. ``chooses_by_ids``: the list filters by ``ids``.

    ``counts``: the list with ``type=filter`` returns the number of documents by run status. ``scheduled``: the list
    knows the run status SCHEDULE. ``destroys_originals``: deleting a linked document deletes its file in the file
    manager (contract §9.5). ``update``: the HTTP method that changes a document. ``replaces_metadata``: the metadata of
    an update replaces what is stored, instead of being merged into it. ``ingest``: the path that parses with the
    document's pipeline. ``refuses_with_pipeline``: the usual path refuses documents of a dataset that has one.
    """

    largest_page: int
    orders: frozenset[str] | None
    chooses_by_ids: bool
    counts: bool
    scheduled: bool
    destroys_originals: bool
    update: Literal["PUT", "PATCH"]
    replaces_metadata: bool
    ingest: str
    refuses_with_pipeline: bool


_0_24 = DocumentsDialect(
    largest_page=1000,
    orders=None,
    chooses_by_ids=False,
    counts=False,
    scheduled=False,
    destroys_originals=True,
    update="PUT",
    replaces_metadata=False,
    ingest="/v1/document/run",
    refuses_with_pipeline=False,
)
_0_25 = replace(
    _0_24,
    largest_page=MAX_PAGE_SIZE,
    chooses_by_ids=True,
    counts=True,
    destroys_originals=False,
    update="PATCH",
    replaces_metadata=True,
    ingest="/api/v1/documents/ingest",
    refuses_with_pipeline=True,
)
_0_27 = replace(_0_25, orders=frozenset({"create_time", "update_time", "name"}), scheduled=True)


def of(release: Release) -> DocumentsDialect:
    """The dialect of a release."""
    if release.number >= (0, 27, 0):
        return _0_27
    return _0_25 if release.number >= (0, 25, 0) else _0_24


class WireDocument(msgspec.Struct):
    """A row as returned by list and update."""

    id: str
    dataset_id: str | None
    name: str | None
    type: str | None = None
    suffix: str | None = None
    size: int | None = 0
    chunk_method: str | None = None
    parser_config: dict[str, Any] | None = None
    chunk_count: int | None = 0
    token_count: int | None = 0
    progress: float | None = 0.0
    progress_msg: str | None = None
    process_begin_at: str | None = None
    process_duration: float | None = 0.0
    run: str | int | None = None
    status: str | int | None = "1"
    thumbnail: str | msgspec.UnsetType | None = msgspec.UNSET
    meta_fields: dict[str, Any] | None = None
    source_type: str | None = None
    pipeline_id: str | None = None
    created_by: str | None = None
    create_time: float | None = None
    update_time: float | None = None


# 0.24 sometimes sends the number from its database instead of the name. A scheduled document waits for its parser, as
# most of the running ones do.
_RUN_NUMBERS = {
    "SCHEDULE": RunStatus.RUNNING,
    "0": RunStatus.UNSTART,
    "1": RunStatus.RUNNING,
    "2": RunStatus.CANCEL,
    "3": RunStatus.DONE,
    "4": RunStatus.FAIL,
    "5": RunStatus.RUNNING,
}


def is_linked(wire: WireDocument) -> bool:
    """Whether the document appears to be linked to a file in the file manager.

    RAGFlow does not report this. But uploads have a thumbnail, even if empty, and linked documents have none; neither
    have documents without a file. (Uploads of very old releases have none either; the file manager is more accurate.)
    """
    return wire.thumbnail is None and wire.type != "virtual"


def document_of(wire: WireDocument, dataset_id: str, *, destroys_original: bool = False) -> Document:
    """A row of this dataset's list as a Document."""
    progress = wire.progress or 0.0
    return Document(
        id=wire.id,
        dataset_id=wire.dataset_id or dataset_id,
        name=wire.name or "",
        type=wire.type or "",
        suffix=wire.suffix or "",
        size=wire.size or 0,
        chunk_method=wire.chunk_method or "",
        parser_config=fields(wire.parser_config),
        chunk_count=wire.chunk_count or 0,
        token_count=wire.token_count or 0,
        progress=-1.0 if progress < 0 else min(progress, 1.0),
        progress_msg=wire.progress_msg or "",
        process_duration=wire.process_duration or 0.0,
        run=run_status(wire.run),
        enabled=str(wire.status) != "0",
        thumbnail=wire.thumbnail or "",
        meta_fields=fields(wire.meta_fields),
        source_type=wire.source_type or "",
        pipeline_id=wire.pipeline_id or "",
        created_by=wire.created_by or "",
        created_at=moment(wire.create_time),
        updated_at=moment(wire.update_time),
        begun=wire.process_begin_at or "",
        destroys_original=destroys_original,
    )


def run_status(raw: str | int | None) -> RunStatus:
    """The run status for RAGFlow's name or number of it."""
    text = str(raw)
    if text in RunStatus.__members__:
        return RunStatus[text]
    return _RUN_NUMBERS.get(text, RunStatus.UNSTART)
