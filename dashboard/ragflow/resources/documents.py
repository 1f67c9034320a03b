"""Documents: their list, their files, their parsing (contract §9, §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow import versions
from dashboard.ragflow.errors import NotFound, RAGFlowError, Rejected, ServerError, UnsafeCall
from dashboard.ragflow.http.json_repair import fields
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.names import folded, forms
from dashboard.ragflow.paging import page_query
from dashboard.ragflow.resources.document_rows import (
    WireDocument,
    WireDocuments,
    WireMetadataRows,
    WireNames,
    WireUpload,
    document_of,
    is_linked,
    update_body,
)
from dashboard.ragflow.resources.metadata import Condition, Conditions
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, verify_deleted
from dashboard.ragflow.safety.writes import Writes
from dashboard.ragflow.transfer.downloads import Download, file_name
from dashboard.ragflow.transfer.multipart import FileBody, Readable, plain_name
from dashboard.ragflow.types import (
    Dataset,
    DeleteOutcome,
    Document,
    DocumentMetadata,
    Names,
    Page,
    RunStatus,
    UploadedDocument,
)

MAX_NAME_BYTES = 255
# The maximum number of ids that a list accepts (0.27), and of rows per page.
MAX_IDS = 100


_row = msgspec.json.Decoder(WireDocument)
_list = msgspec.json.Decoder(WireDocuments)
_metadata = msgspec.json.Decoder(WireMetadataRows)
_names = msgspec.json.Decoder(WireNames)
_report = msgspec.json.Decoder(dict[str, Any])
_uploads = msgspec.json.Decoder(list[WireUpload])


class Documents:
    """The documents of datasets."""

    def __init__(self, transport: Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

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
        found = self._transport.rows(_path(guards.lookup_id(dataset_id, "dataset")), query, _list)
        return Page(items=self._read(dataset_id, found.docs), total=found.total, page=page, page_size=page_size)

    def metadata(self, dataset_id: str, page: int, page_size: int) -> Page[DocumentMetadata]:
        """One page of a dataset's documents, oldest first, with only their metadata."""
        path, query = _path(guards.lookup_id(dataset_id, "dataset")), page_query(page, page_size, "create_time", False)
        found = self._transport.rows(path, query, _metadata)
        items = tuple(DocumentMetadata(wire.id, wire.name or "", fields(wire.meta_fields)) for wire in found.docs)
        return Page(items=items, total=found.total, page=page, page_size=page_size)

    def names(self, dataset_id: str, document_ids: Sequence[str]) -> Names:
        """Names of these documents: all if the server filters by ids (0.25), else those among the last changed 100."""
        path = _path(guards.lookup_id(dataset_id, "dataset"))
        query: dict[str, Any] = dict(page_query(1, MAX_IDS, "update_time", True))
        query["ids"] = [guards.lookup_id(one, "document") for one in document_ids[:MAX_IDS]]
        found = self._transport.rows(path, query, _names)
        return Names({wire.id: wire.name or "" for wire in found.docs}, found.total)

    def get(self, dataset_id: str, document_id: str) -> Document:
        """One document. Raises NotFound if it is not in that dataset."""
        path = _path(guards.lookup_id(dataset_id, "dataset"))
        wanted = guards.lookup_id(document_id, "document")
        for document in self._read(dataset_id, self._transport.get(path, {"id": wanted}).decode(_list).docs):
            if document.id == wanted:
                return document
        raise NotFound(f"No document with the ID “{wanted}”.", method="GET", path=path)

    def find(self, dataset_id: str, name: str) -> Document | None:
        """The document with this name, case-insensitive; None if there is none (contract §9.2).

        A name with two Unicode forms is looked up in both: at most two calls.
        """
        path = _path(guards.lookup_id(dataset_id, "dataset"))
        for form in forms(name):
            try:
                found = self._read(dataset_id, self._transport.get(path, {"name": form}).decode(_list).docs)
            except NotFound:
                continue
            for document in found:
                if folded(document.name) == folded(name):
                    return document
        return None

    def upload(self, dataset: Dataset, name: str, stream: Readable, size: int) -> UploadedDocument:
        """Upload one file of ``size`` bytes; returns it as stored, because duplicates are renamed. Does not parse it.

        Takes a Dataset because RAGFlow 0.24 does not check who owns the dataset (contract §9.1). Raises Rejected for a
        file that RAGFlow refuses, UploadAborted if ``stream`` ends early.
        """
        guards.only(dataset, Dataset)
        path = _path(guards.safe_id(dataset.id, "dataset"))
        name = plain_name(name)
        if not name:
            raise Rejected("The file has no name.", method="POST", path=path)
        if len(name.encode()) > MAX_NAME_BYTES:
            raise Rejected("The file name is longer than 255 bytes.", method="POST", path=path)
        with self._writes.recording(
            "document.upload", "document", ("", name), dataset_id=dataset.id, dataset=dataset.name, size=size
        ) as write:
            body = FileBody(name, stream, size)
            try:
                answer = self._transport.upload(path, body, body.content_type)
            except ServerError as error:
                if error.status == 200 and error.code == 500:
                    # Code 500 with HTTP 200 means that RAGFlow refuses this file.
                    raise Rejected.of(error) from None
                raise
            stored = answer.decode(_uploads)
            if len(stored) != 1:
                raise ServerError("RAGFlow did not confirm the upload.", method="POST", path=path, maybe_done=True)
            write.target(stored[0].id, stored[0].name or name)
        return UploadedDocument(
            id=stored[0].id,
            dataset_id=stored[0].dataset_id or dataset.id,
            name=stored[0].name or name,
            size=stored[0].size or 0,
            chunk_method=stored[0].chunk_method or "",
        )

    def update(
        self,
        document: Document,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        chunk_method: str | None = None,
        parser_config: Mapping[str, Any] | None = None,
        meta_fields: Mapping[str, Any] | None = None,
    ) -> Document:
        """Send what differs; returns the stored result. Nothing is sent if nothing differs.

        A new chunk method or parser configuration is compared with the document's current state on the server, because
        sending the method it already has would delete its chunks (contract §9.3). A real change deletes them too.
        ``meta_fields`` are merged into the stored ones.
        """
        guards.only(document, Document)
        path = _path(guards.safe_id(document.dataset_id, "dataset"), guards.safe_id(document.id, "document"))
        current = document
        if chunk_method is not None or parser_config is not None:
            current = self.get(document.dataset_id, document.id)
        body = update_body(
            current,
            name=name,
            enabled=enabled,
            chunk_method=chunk_method,
            parser_config=parser_config,
            meta_fields=meta_fields,
        )
        if not body:
            return current
        # There are two calls that change metadata, with one name in the audit trail.
        action = "document.metadata" if set(body) == {"meta_fields"} else "document.update"
        target, changed = (document.id, document.name), sorted(body)
        with self._writes.recording(action, "document", target, dataset_id=document.dataset_id, changed=changed):
            wire = self._transport.write("PUT", path, body).decode(_row)
        # The response does not contain the metadata.
        return replace(
            document_of(wire, document.dataset_id, destroys_original=current.destroys_original),
            meta_fields={**current.meta_fields, **body.get("meta_fields", {})},
        )

    def download(self, document: Document) -> Download:
        """The stored file as a stream. Raises NotFound if it is missing, Rejected "This file is empty." if empty."""
        guards.only(document, Document)
        path = _path(guards.safe_id(document.dataset_id, "dataset"), guards.safe_id(document.id, "document"))
        stream = self._transport.open_download(path)
        length = stream.headers.get("Content-Length", "")
        return Download(
            name=file_name(stream.headers.get("Content-Disposition", "")) or document.name,
            size=int(length) if length.isdigit() else None,
            content_type=stream.content_type or "application/octet-stream",
            stream=stream,
        )

    def parse(self, document: Document) -> None:
        """Start parsing. Existing chunks are deleted immediately (contract §10.1).

        Raises Rejected if it is already being parsed. With an ingestion pipeline, the usual call would not use it.
        """
        guards.only(document, Document)
        if document.pipeline_id:
            self._run_pipeline(document)
        else:
            self._parsing("POST", "document.parse", document)

    def stop(self, document: Document) -> None:
        """Stop parsing, which deletes its chunks. Raises Rejected if it is not being parsed (contract §10.2)."""
        self._parsing("DELETE", "document.stop", document)

    def delete(self, documents: Sequence[Document]) -> DeleteOutcome[Document]:
        """Delete documents of one dataset with their files and chunks.

        RAGFlow may report an error although it deleted some; then each is looked up again, so the outcome is accurate.
        One that someone else deleted in the meantime counts as deleted.
        """
        chosen = guards.some(documents, Document)
        if len({document.dataset_id for document in chosen}) != 1:
            raise UnsafeCall("documents of different datasets can't be deleted in one call")
        dataset_id = guards.safe_id(chosen[0].dataset_id, "dataset")
        ids = [guards.safe_id(document.id, "document") for document in chosen]
        targets = [(document.id, document.name) for document in chosen]
        with self._writes.recording("document.delete", "document", *targets, dataset_id=dataset_id) as write:
            try:
                answer = self._transport.write("DELETE", _path(dataset_id), {"ids": ids})
                reasons = "" if answer.empty else errors_in(answer.decode(_report))
                if not reasons:
                    return DeleteOutcome(deleted=chosen)
            except (NotFound, Rejected, ServerError) as error:
                if error.status != 200:
                    raise
                reasons = error.message
            self.list(dataset_id, page_size=1)  # raises NotFound if the dataset itself is missing
            return verify_deleted(chosen, lambda document: self.get(dataset_id, document.id), reasons, write)

    def _read(self, dataset_id: str, rows: Sequence[WireDocument]) -> tuple[Document, ...]:
        """Rows as documents. The server's version is requested only if needed, and cached for a while."""
        linked = [is_linked(wire) for wire in rows]
        destroys = any(linked) and self._deleting_destroys_originals()
        return tuple(
            document_of(wire, dataset_id, destroys_original=one and destroys)
            for wire, one in zip(rows, linked, strict=True)
        )

    def _deleting_destroys_originals(self) -> bool:
        """Whether deleting a linked document deletes its file in the file manager, as up to 0.24 (contract §9.5)."""
        try:
            release = versions.detect(self._transport).release
        except RAGFlowError:
            return True
        return release is None or release < (0, 25)

    def _run_pipeline(self, document: Document) -> None:
        dataset_id = guards.safe_id(document.dataset_id, "dataset")
        path = "/v1/document/run"
        if self.get(dataset_id, document.id).run is RunStatus.RUNNING:
            # Unlike the usual call, this one would be accepted, and two parsers would work on one document.
            raise Rejected("Can't parse document that is currently being processed", method="POST", path=path)
        body = {"doc_ids": [guards.safe_id(document.id, "document")], "run": "1", "delete": True}
        with self._writes.recording("document.parse", "document", (document.id, document.name), dataset_id=dataset_id):
            self._transport.write("POST", path, body)

    def _parsing(self, method: str, action: str, document: Document) -> None:
        guards.only(document, Document)
        dataset_id = guards.safe_id(document.dataset_id, "dataset")
        body = {"document_ids": [guards.safe_id(document.id, "document")]}
        with self._writes.recording(action, "document", (document.id, document.name), dataset_id=dataset_id):
            self._transport.write(method, f"/api/v1/datasets/{dataset_id}/chunks", body)


def _path(dataset_id: str, document_id: str | None = None) -> str:
    path = f"/api/v1/datasets/{dataset_id}/documents"
    return path if document_id is None else f"{path}/{document_id}"
