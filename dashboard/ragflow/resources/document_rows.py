"""Document rows as the server sends them, in lists of documents and of chunks (contract §9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import Document, RunStatus


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


class WireDocuments(msgspec.Struct):
    docs: list[WireDocument]
    total: int


class WireMetadata(msgspec.Struct):
    id: str
    name: str | None
    meta_fields: dict[str, Any] | None = None


class WireMetadataRows(msgspec.Struct):
    """The same list, decoding only the metadata, which takes a quarter of the time."""

    docs: list[WireMetadata]
    total: int


class WireName(msgspec.Struct):
    id: str
    name: str | None = None


class WireNames(msgspec.Struct):
    docs: list[WireName]
    total: int


class WireUpload(msgspec.Struct):
    id: str
    dataset_id: str | None
    name: str | None
    size: int | None = 0
    chunk_method: str | None = None


# 0.24 sometimes sends the number from its database instead of the name; 5 is "scheduled".
_RUN_NUMBERS = {
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
        run=_run_status(wire.run),
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


def update_body(
    current: Document,
    *,
    name: str | None,
    enabled: bool | None,
    chunk_method: str | None,
    parser_config: Mapping[str, Any] | None,
    meta_fields: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The body of an update: what differs from the current document; None means unchanged."""
    body: dict[str, Any] = {}
    if name is not None and name != current.name:
        body["name"] = name
    if enabled is not None and enabled != current.enabled:
        body["enabled"] = int(enabled)
    if meta_fields is not None and guards.changed_keys(meta_fields, current.meta_fields):
        body["meta_fields"] = dict(meta_fields)
    if chunk_method is not None and chunk_method != current.chunk_method:
        body["chunk_method"] = chunk_method
    if parser_config is not None:
        config = guards.parser_config(parser_config)
        if "chunk_method" in body or guards.changed_keys(config, current.parser_config):
            # 0.24 drops the stored raptor block if it is not sent.
            stored = guards.parser_config(current.parser_config)
            if "raptor" in stored:
                config["raptor"] = stored["raptor"] | config.get("raptor", {})
            body["parser_config"] = config
    return body


def _run_status(raw: str | int | None) -> RunStatus:
    text = str(raw)
    if text in RunStatus.__members__:
        return RunStatus[text]
    return _RUN_NUMBERS.get(text, RunStatus.UNSTART)
