"""Document rows as the server sends them, in lists of documents and of chunks, and the lists (contract §9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dashboard.ragflow.clock import moment
from dashboard.ragflow.dialects import documents
from dashboard.ragflow.errors import NotFound
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.names import folded, forms
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.resources.metadata import Condition, Conditions
from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import Document, DocumentMetadata, Names, Page, RunStatus

# The maximum number of ids that a list accepts (0.27), and of rows per page.
MAX_IDS = 100


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


def _run_status(raw: str | int | None) -> RunStatus:
    text = str(raw)
    if text in RunStatus.__members__:
        return RunStatus[text]
    return _RUN_NUMBERS.get(text, RunStatus.UNSTART)


_list = msgspec.json.Decoder(WireDocuments)
_metadata = msgspec.json.Decoder(WireMetadataRows)
_names = msgspec.json.Decoder(WireNames)


def path_of(dataset_id: str, document_id: str | None = None) -> str:
    """The path of a dataset's documents, or of one of them. The caller checks the ids."""
    path = f"/api/v1/datasets/{dataset_id}/documents"
    return path if document_id is None else f"{path}/{document_id}"


class DocumentLists:
    """Reads documents of datasets."""

    def __init__(self, transport: Transport, detection: Detection) -> None:
        self._transport = transport
        self._detection = detection

    @staticmethod
    def identity(dataset_id: str, document_id: str, name: str, pipeline_id: str = "") -> Document:
        """A document known only by its identity: enough to parse, switch or delete it, but not to compare it."""
        return document_of(WireDocument(document_id, dataset_id, name, pipeline_id=pipeline_id), dataset_id)

    def list(  # noqa: PLR0917 - mirrors the query parameters
        self,
        dataset_id: str,
        page: int = 1,
        page_size: int = 30,
        orderby: str = "create_time",
        desc: bool = True,
        keywords: str | None = None,
        run: Iterable[RunStatus] = (),
        suffix: Iterable[str] = (),
        condition: Condition | Conditions | None = None,
    ) -> Page[Document]:
        """One page of a dataset's documents; ``keywords`` is part of the name, case-insensitive.

        ``condition`` filters by metadata. With several joined by "and" the result may be wrong, see Conditions.
        """
        query: dict[str, Any] = dict(page_query(page, page_size, orderby, desc))
        if keywords:
            query["keywords"] = keywords
        if states := [RunStatus(state).value for state in run]:
            query["run"] = states
        if endings := [ending for ending in suffix if ending]:
            query["suffix"] = endings
        if condition is not None:
            query["metadata_condition"] = condition.json
        found = self._transport.rows(path_of(guards.lookup_id(dataset_id, "dataset")), query, _list)
        return Page(items=self._read(dataset_id, found.docs), total=found.total, page=page, page_size=page_size)

    def metadata(self, dataset_id: str, page: int, page_size: int) -> Page[DocumentMetadata]:
        """One page of a dataset's documents, oldest first, with only their metadata."""
        path, query = (
            path_of(guards.lookup_id(dataset_id, "dataset")),
            page_query(page, page_size, "create_time", False),
        )
        found = self._transport.rows(path, query, _metadata)
        items = tuple(DocumentMetadata(wire.id, wire.name or "", fields(wire.meta_fields)) for wire in found.docs)
        return Page(items=items, total=found.total, page=page, page_size=page_size)

    def names(self, dataset_id: str, document_ids: Sequence[str]) -> Names:
        """Names of these documents: all if the server filters by ids (0.25), else those among the last 100 changed."""
        path = path_of(guards.lookup_id(dataset_id, "dataset"))
        query: dict[str, Any] = dict(page_query(1, MAX_IDS, "update_time", True))
        query["ids"] = [guards.lookup_id(one, "document") for one in document_ids[:MAX_IDS]]
        found = self._transport.rows(path, query, _names)
        return Names({wire.id: wire.name or "" for wire in found.docs}, found.total)

    def get(self, dataset_id: str, document_id: str) -> Document:
        """One document. Raises NotFound if it is not in that dataset."""
        path = path_of(guards.lookup_id(dataset_id, "dataset"))
        wanted = guards.lookup_id(document_id, "document")
        for document in self._read(dataset_id, self._transport.get(path, {"id": wanted}).decode(_list).docs):
            if document.id == wanted:
                return document
        raise NotFound(f"No document with the ID “{wanted}”.", method="GET", path=path)

    def some(
        self, dataset_id: str, document_ids: Sequence[str], *, page: int = 1, run: RunStatus | None = None
    ) -> dict[str, Document]:
        """Those of up to 100 documents that one list call returns, by id.

        A server that filters by ids (0.25) returns all that exist. Others return a ``page`` of 100 documents with this
        ``run`` status in order of upload; get a missing one by itself.
        """
        ids = [guards.lookup_id(one, "document") for one in document_ids[:MAX_IDS]]
        query: dict[str, Any] = dict(page_query(page, MAX_IDS, "create_time", False))
        if self._dialect.chooses_by_ids:
            query = {**page_query(1, MAX_IDS, "create_time", False), "ids": ids}
        elif run is not None:
            query["run"] = [run.value]
        found = self._transport.rows(path_of(guards.lookup_id(dataset_id, "dataset")), query, _list)
        return {one.id: one for one in self._read(dataset_id, found.docs) if one.id in ids}

    def find(self, dataset_id: str, name: str) -> Document | None:
        """The document with this name, case-insensitive; None if there is none (contract §9.2).

        A name with two Unicode forms is looked up in both: at most two calls.
        """
        path = path_of(guards.lookup_id(dataset_id, "dataset"))
        for form in forms(name):
            try:
                found = self._read(dataset_id, self._transport.get(path, {"name": form}).decode(_list).docs)
            except NotFound:
                continue
            for document in found:
                if folded(document.name) == folded(name):
                    return document
        return None

    def _read(self, dataset_id: str, rows: Sequence[WireDocument]) -> tuple[Document, ...]:
        """Rows as documents."""
        linked = [is_linked(wire) for wire in rows]
        destroys = any(linked) and self._dialect.destroys_originals
        return tuple(
            document_of(wire, dataset_id, destroys_original=one and destroys)
            for wire, one in zip(rows, linked, strict=True)
        )

    @property
    def _dialect(self) -> documents.DocumentsDialect:
        return documents.of(self._detection.release())
