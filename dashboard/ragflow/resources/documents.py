"""Documents: their files, their settings, their parsing (contract §9, §10). Lists are in ``document_rows``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow.dialects.documents import WireDocument, document_of
from dashboard.ragflow.errors import NotFound, Rejected, ServerError, UnsafeCall
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases import offers
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.resources.document_rows import DocumentLists, path_of
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import errors_in, in_portions, unfinished, verify_deleted
from dashboard.ragflow.safety.writes import Writes, differing
from dashboard.ragflow.transfer.downloads import Download, file_name
from dashboard.ragflow.transfer.multipart import FileBody, Readable, plain_name
from dashboard.ragflow.types import Dataset, DeleteOutcome, Document, RunStatus, UploadedDocument

MAX_NAME_BYTES = 255
_IS_BEING_PARSED = "Can't parse document that is currently being processed"


class WireUpload(msgspec.Struct):
    id: str
    dataset_id: str | None
    name: str | None
    size: int | None = 0
    chunk_method: str | None = None


_row = msgspec.json.Decoder(WireDocument)
_report = msgspec.json.Decoder(dict[str, Any])
_uploads = msgspec.json.Decoder(list[WireUpload])


class Documents(DocumentLists):
    """The documents of datasets."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        super().__init__(transport, detection)
        self._writes = writes

    def upload(self, dataset: Dataset, name: str, stream: Readable, size: int) -> UploadedDocument:
        """Upload one file of ``size`` bytes; returns it as stored, because duplicates are renamed. Does not parse it.

        Takes a Dataset because RAGFlow 0.24 does not check who owns the dataset (contract §9.1). Raises Rejected for a
        file that RAGFlow refuses, UploadAborted if ``stream`` ends early.
        """
        guards.only(dataset, Dataset)
        path = path_of(guards.safe_id(dataset.id, "dataset"))
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
        just_read: bool = False,
    ) -> Document:
        """Send what differs; returns the stored result. Nothing is sent if nothing differs.

        A new chunk method or parser configuration is compared with the document's current state on the server, because
        sending the method it already has would delete its chunks (contract §9.3). A real change deletes them too.
        It is read for that, unless ``just_read`` says that this was done seconds ago. ``meta_fields`` are merged into
        the stored ones; where RAGFlow replaces them (since 0.25), all are sent. Never sends ``pipeline_id``, which
        would delete the chunks (ragflow-0.27 §0.8).
        """
        guards.only(document, Document)
        path = path_of(guards.safe_id(document.dataset_id, "dataset"), guards.safe_id(document.id, "document"))
        replaces = meta_fields is not None and self._dialect.replaces_metadata
        current = document
        if not just_read and (chunk_method is not None or parser_config is not None or replaces):
            current = self.get(document.dataset_id, document.id)
        body: dict[str, Any] = {}
        if name is not None and name != current.name:
            body["name"] = name
        if enabled is not None and enabled != current.enabled:
            body["enabled"] = int(enabled)
        if meta_fields is not None and guards.changed_keys(meta_fields, current.meta_fields):
            body["meta_fields"] = _whole(current.meta_fields, meta_fields) if replaces else dict(meta_fields)
        if chunk_method is not None and chunk_method != current.chunk_method:
            body["chunk_method"] = chunk_method
        if parser_config is not None:
            offered = offers.of(self._detection.release())
            config = guards.parser_config(parser_config, offered)
            if "chunk_method" not in body:
                config = guards.changed_keys(config, current.parser_config)
            if config or "chunk_method" in body:
                # 0.24 drops the stored raptor block if it is not sent.
                stored = guards.parser_config(current.parser_config, offered)
                if "raptor" in stored:
                    config["raptor"] = stored["raptor"] | config.get("raptor", {})
                body["parser_config"] = config
        if not body:
            return current
        # There are two calls that change metadata, with one name in the audit trail.
        action = "document.metadata" if set(body) == {"meta_fields"} else "document.update"
        was = {key: getattr(current, key) for key in body}
        with self._writes.recording(
            action,
            "document",
            (document.id, document.name),
            dataset_id=document.dataset_id,
            changed=sorted(body),
            **differing(was, body),
        ):
            wire = self._transport.write(self._dialect.update, path, body).decode(_row)
        # The response does not contain the metadata.
        return replace(
            document_of(wire, document.dataset_id, destroys_original=current.destroys_original),
            meta_fields={**current.meta_fields, **body.get("meta_fields", {})},
        )

    def switch(self, document: Document, *, enabled: bool) -> None:
        """Include the document in search, or exclude it. Sent whatever its state is; its identity is enough."""
        guards.only(document, Document)
        path = path_of(guards.safe_id(document.dataset_id, "dataset"), guards.safe_id(document.id, "document"))
        target = (document.id, document.name)
        with self._writes.recording(
            "document.update",
            "document",
            target,
            dataset_id=document.dataset_id,
            changed=["enabled"],
            # What it was before is not known here.
            after={"enabled": enabled},
        ):
            self._transport.write(self._dialect.update, path, {"enabled": int(enabled)}).decode(_row)

    def download(self, document: Document) -> Download:
        """The stored file as a stream. Raises NotFound if it is missing, Rejected "This file is empty." if empty."""
        guards.only(document, Document)
        path = path_of(guards.safe_id(document.dataset_id, "dataset"), guards.safe_id(document.id, "document"))
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

        Raises Rejected if it is already being parsed: at once if the document says so, otherwise RAGFlow refuses it.
        (Only at this path: ``/documents/parse``, new in 0.25, starts over; ragflow-0.27 §6.) The usual call would not
        use an ingestion pipeline, and is refused for a dataset that has one (since 0.26).
        """
        guards.only(document, Document)
        if document.pipeline_id:
            self._run_pipeline(document)
            return
        if document.run is RunStatus.RUNNING:
            raise Rejected(_IS_BEING_PARSED, method="POST", path=_parsing_path(document.dataset_id))
        try:
            self._parsing("POST", "document.parse", document)
        except Rejected as error:
            if error.code != 101 or not self._dialect.refuses_with_pipeline:
                raise
            self._run_pipeline(document)

    def stop(self, document: Document) -> None:
        """Stop parsing, which deletes its chunks. Raises Rejected if it is not being parsed (contract §10.2).

        As for ``parse``, another call does it where the usual one is refused for a dataset with a pipeline.
        """
        try:
            self._parsing("DELETE", "document.stop", document)
        except Rejected as error:
            if error.code != 101 or not self._dialect.refuses_with_pipeline:
                raise
            body = {"doc_ids": [guards.safe_id(document.id, "document")], "run": "2"}
            target = (document.id, document.name)
            with self._writes.recording("document.stop", "document", target, dataset_id=document.dataset_id):
                self._transport.write("POST", self._dialect.ingest, body, inside=document.dataset_id)

    def delete(self, documents: Sequence[Document]) -> DeleteOutcome[Document]:
        """Delete documents of one dataset with their files and chunks, a hundred per call.

        RAGFlow may report an error although it deleted some; then each is looked up again, so the outcome is accurate.
        One that someone else deleted in the meantime counts as deleted.
        """
        chosen = guards.some(documents, Document)
        if len({document.dataset_id for document in chosen}) != 1:
            raise UnsafeCall("documents of different datasets can't be deleted in one call")
        dataset_id = guards.safe_id(chosen[0].dataset_id, "dataset")
        for document in chosen:
            guards.safe_id(document.id, "document")
        return in_portions(chosen, lambda portion: self._delete(dataset_id, portion))

    def _delete(self, dataset_id: str, chosen: tuple[Document, ...]) -> DeleteOutcome[Document]:
        targets = [(document.id, document.name) for document in chosen]
        with self._writes.recording("document.delete", "document", *targets, dataset_id=dataset_id) as write:
            try:
                body = {"ids": [document.id for document in chosen]}
                answer = self._transport.write("DELETE", path_of(dataset_id), body)
                reasons = "" if answer.empty else unfinished(answer.decode(_report), len(chosen))
                if not reasons:
                    return DeleteOutcome(deleted=chosen)
            except (NotFound, Rejected, ServerError) as error:
                if error.status != 200:
                    raise
                reasons = error.message
            self.list(dataset_id, page_size=1)  # raises NotFound if the dataset itself is missing
            return verify_deleted(chosen, lambda document: self.get(dataset_id, document.id), reasons, write)

    def _run_pipeline(self, document: Document) -> None:
        dataset_id = guards.safe_id(document.dataset_id, "dataset")
        path = self._dialect.ingest
        if self.get(dataset_id, document.id).run is RunStatus.RUNNING:
            # Unlike the usual call, this one would be accepted, and two parsers would work on one document.
            raise Rejected(_IS_BEING_PARSED, method="POST", path=path)
        body = {"doc_ids": [guards.safe_id(document.id, "document")], "run": "1", "delete": True}
        with self._writes.recording("document.parse", "document", (document.id, document.name), dataset_id=dataset_id):
            self._transport.write("POST", path, body, inside=dataset_id)

    def _parsing(self, method: str, action: str, document: Document) -> None:
        guards.only(document, Document)
        path = _parsing_path(document.dataset_id)
        body = {"document_ids": [guards.safe_id(document.id, "document")]}
        target = (document.id, document.name)
        with self._writes.recording(action, "document", target, dataset_id=document.dataset_id):
            answer = self._transport.write(method, path, body)
            # Since 0.25, RAGFlow may report a document that it refused with code 0.
            if not answer.empty and (reasons := errors_in(answer.decode(_report))):
                raise answer.annotate(Rejected(reasons, status=answer.status, code=0))


def _whole(stored: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """All metadata after a change, without unchanged nulls, which older releases stored and newer ones refuse."""
    nulls = {key for key, value in stored.items() if value is None and changed.get(key) is None}
    return {key: value for key, value in {**stored, **changed}.items() if key not in nulls}


def _parsing_path(dataset_id: str) -> str:
    return f"/api/v1/datasets/{guards.safe_id(dataset_id, 'dataset')}/chunks"
