"""Lists of documents (contract §9.2, ragflow-0.27 §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dashboard.ragflow.dialects import documents
from dashboard.ragflow.dialects.documents import WireDocument, document_of, is_linked
from dashboard.ragflow.errors import NotFound
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.names import folded, forms
from dashboard.ragflow.paging import MAX_IDS, MAX_PAGE_SIZE, page_query
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.resources.metadata import Condition, Conditions
from dashboard.ragflow.safety import guards
from dashboard.ragflow.types import Document, DocumentMetadata, Names, Page, RunStatus


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


class WireFilter(msgspec.Struct):
    run_status: dict[str, int | None]


class WireCounts(msgspec.Struct):
    """The answer with ``type=filter``: the number of documents by run status."""

    filter: WireFilter


_list = msgspec.json.Decoder(WireDocuments)
_counts = msgspec.json.Decoder(WireCounts)
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

        ``page_size`` is at most ``rows_at_once``. ``condition`` filters by metadata. With several joined by "and" the
        result may be wrong, see Conditions. Scheduled documents are among the running ones.
        """
        query: dict[str, Any] = self._page(page, page_size, orderby, desc)
        if keywords:
            query["keywords"] = keywords
        if states := [name for state in run for name in self._names_of(RunStatus(state))]:
            query["run"] = states
        if endings := [ending for ending in suffix if ending]:
            query["suffix"] = endings
        if condition is not None:
            query["metadata_condition"] = condition.json
        found = self._transport.rows(path_of(guards.lookup_id(dataset_id, "dataset")), query, _list)
        return Page(items=self._read(dataset_id, found.docs), total=found.total, page=page, page_size=page_size)

    def rows_at_once(self, wanted: int) -> int:
        """``wanted``, or fewer: the most rows that this server returns in one list call (ragflow-0.27 §0.1)."""
        return wanted if wanted <= MAX_PAGE_SIZE else min(wanted, self._dialect.largest_page)

    def sorts_by(self, column: str) -> bool:
        """Whether ``list`` takes this ``orderby``: since 0.27, few are left."""
        orders = self._dialect.orders
        return orders is None or column in orders

    @property
    def chooses_by_ids(self) -> bool:
        """Whether ``some`` returns all documents that exist."""
        return self._dialect.chooses_by_ids

    def counts(
        self, dataset_id: str, keywords: str | None = None, suffix: Iterable[str] = ()
    ) -> dict[RunStatus, int] | None:
        """The number of documents by run status, in one call; None if the server can't tell (before 0.25)."""
        if not self._dialect.counts:
            return None
        query: dict[str, Any] = {"type": "filter"}
        if keywords:
            query["keywords"] = keywords
        if endings := [ending for ending in suffix if ending]:
            query["suffix"] = endings
        found = self._transport.rows(path_of(guards.lookup_id(dataset_id, "dataset")), query, _counts)
        counts = dict.fromkeys(RunStatus, 0)
        for name, number in found.filter.run_status.items():
            counts[documents.run_status(name)] += number or 0
        return counts

    def metadata(self, dataset_id: str, page: int, page_size: int) -> Page[DocumentMetadata]:
        """One page of a dataset's documents, oldest first, with only their metadata; at most ``rows_at_once``."""
        path = path_of(guards.lookup_id(dataset_id, "dataset"))
        query = self._page(page, page_size, "create_time", False)
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
        """Those of up to 100 documents that one list call returns, by id; none for what is no id.

        A server that filters by ids (0.25) returns all that exist. Others return a ``page`` of 100 documents with this
        ``run`` status in order of upload; get a missing one by itself.
        """
        ids = [one for one in document_ids[:MAX_IDS] if guards.may_be_id(one)]
        if not ids:
            return {}
        query: dict[str, Any] = dict(page_query(page, MAX_IDS, "create_time", False))
        if self._dialect.chooses_by_ids:
            query = {**page_query(1, MAX_IDS, "create_time", False), "ids": ids}
        elif run is not None:
            query["run"] = self._names_of(run)
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

    def _page(self, page: int, page_size: int, orderby: str, desc: bool) -> dict[str, Any]:
        largest = self._dialect.largest_page if page_size > MAX_PAGE_SIZE else MAX_PAGE_SIZE
        return dict(page_query(page, page_size, orderby, desc, largest=largest))

    def _names_of(self, run: RunStatus) -> Sequence[str]:
        """The run statuses of RAGFlow that are one of ours."""
        if run is RunStatus.RUNNING and self._dialect.scheduled:
            return [run.value, "SCHEDULE"]
        return [run.value]

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
