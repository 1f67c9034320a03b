"""Chunks: the pieces that a document is split into (contract §12)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dashboard.ragflow.chat.sources import positions
from dashboard.ragflow.dialects import chunks
from dashboard.ragflow.dialects.documents import WireDocument, document_of
from dashboard.ragflow.errors import NotFound, RAGFlowError, Rejected, ServerError, UnsafeCall
from dashboard.ragflow.http.json_repair import words
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import MAX_PAGE_SIZE, page_query
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.verify_deleted import in_portions, verify_deleted
from dashboard.ragflow.safety.writes import Writes, differing
from dashboard.ragflow.types import Chunk, ChunkPage, DeleteOutcome, Document


class _WireChunk(msgspec.Struct):
    id: str
    content: str | None
    document_id: str | None
    dataset_id: str | None
    docnm_kwd: str | None = None
    important_keywords: list[Any] | None = None
    questions: list[Any] | None = None
    available: bool | int | None = True
    positions: Any = None
    image_id: str | None = None


class _WireList(msgspec.Struct):
    chunks: list[_WireChunk]
    doc: WireDocument
    total: int


class _WireAdded(msgspec.Struct):
    chunk: _WireChunk


_list = msgspec.json.Decoder(_WireList)
_added = msgspec.json.Decoder(_WireAdded)

_PARTLY = re.compile(r"rm_chunk deleted chunks \d+, expect \d+")
_NO_INDEX = "no chunk found"
_IMAGE_NAME = re.compile(r"[0-9A-Za-z_.]{1,120}")
_LARGEST_IMAGE = 20 * 1024 * 1024


def is_never_parsed(error: RAGFlowError) -> bool:
    """Whether the error means that the dataset has no search index, because nothing in it was ever parsed."""
    return error.message.lower().startswith(_NO_INDEX)


class Chunks:
    """The chunks of documents."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        self._transport = transport
        self._detection = detection
        self._writes = writes

    def rows_at_once(self, wanted: int) -> int:
        """``wanted``, or fewer: the most rows that this server returns in one list call (ragflow-0.27 §0.1)."""
        return wanted if wanted <= MAX_PAGE_SIZE else min(wanted, self._dialect.largest_page)

    def list(self, document: Document, page: int = 1, page_size: int = 30, keywords: str | None = None) -> ChunkPage:
        """One page in reading order; with ``keywords``, the best matches, with ``<em>`` marks in their content."""
        guards.only(document, Document)
        try:
            return self.read(document.dataset_id, document.id, page, page_size, keywords)
        except RAGFlowError as error:
            if is_never_parsed(error):
                return ChunkPage(items=(), total=0, page=page, page_size=page_size, document=document)
            raise

    def read(
        self, dataset_id: str, document_id: str, page: int = 1, page_size: int = 30, keywords: str | None = None
    ) -> ChunkPage:
        """Like ``list``, for a document known only by its ids: one call returns its chunks and the document.

        ``page_size`` is at most ``rows_at_once``. Raises NotFound if there is no such document. If
        ``is_never_parsed``, read the document separately.
        """
        path = _path(guards.lookup_id(dataset_id, "dataset"), guards.lookup_id(document_id, "document"))
        largest = self._dialect.largest_page if page_size > MAX_PAGE_SIZE else MAX_PAGE_SIZE
        query: dict[str, Any] = dict(page_query(page, page_size, largest=largest))
        if keywords:
            query["keywords"] = keywords
        found = self._transport.rows(path, query, _list)
        return ChunkPage(
            items=tuple(_chunk(wire, dataset_id, document_id) for wire in found.chunks),
            total=found.total,
            page=page,
            page_size=page_size,
            document=document_of(found.doc, dataset_id),
        )

    def get(self, dataset_id: str, document_id: str, chunk_id: str) -> Chunk:
        """One chunk. Raises NotFound if it is not in that document."""
        return self.placed(dataset_id, document_id, chunk_id)[1]

    def placed(self, dataset_id: str, document_id: str, chunk_id: str) -> tuple[Document, Chunk]:
        """One chunk and its document, from the same response. Raises NotFound if it is not in that document."""
        path = _path(guards.lookup_id(dataset_id, "dataset"), guards.lookup_id(document_id, "document"))
        wanted = guards.lookup_chunk_id(chunk_id)
        found = self._transport.get(path, {"id": wanted}).decode(_list)
        for wire in found.chunks:
            # The server searches the whole dataset for the id, so check the document.
            if wire.id == wanted and wire.document_id == document_id:
                return document_of(found.doc, dataset_id), _chunk(wire, dataset_id, document_id)
        raise NotFound(f"No chunk with the ID “{wanted}” in this document.", method="GET", path=path)

    def image(self, dataset_id: str, image_id: str) -> bytes:
        """The image that the parser stored for a chunk of the dataset, of any type (contract §22).

        Raises NotFound if the id does not belong to the dataset or has no image, Rejected if it is too large.
        """
        owner, _, name = image_id.partition("-")
        if owner != guards.lookup_id(dataset_id, "dataset") or not _IMAGE_NAME.fullmatch(name):
            raise NotFound(f"No image with the ID “{image_id[:64]}” in this dataset.")
        path = f"{self._dialect.images}/{image_id}"
        content = bytearray()
        try:
            stream = self._transport.open_download(path, inside=dataset_id)
        except (Rejected, ServerError) as error:
            # RAGFlow reports a missing image as an error with HTTP 200.
            if error.status != 200:
                raise
            raise NotFound(error.message, method="GET", path=path) from None
        stream.end_within(self._transport.timeouts.whole)
        try:
            while piece := stream.read():
                content += piece
                if len(content) > _LARGEST_IMAGE:
                    raise Rejected("The image is too large to show.", method="GET", path=path)
        finally:
            stream.close()
        return bytes(content)

    def add(
        self, document: Document, content: str, important_keywords: Sequence[str] = (), questions: Sequence[str] = ()
    ) -> Chunk:
        """Add a chunk. Adding the same content again overwrites the previous chunk."""
        guards.only(document, Document)
        body = {
            "content": content,
            "important_keywords": _texts(important_keywords),
            "questions": _texts(questions),
        }
        with self._writes.recording(
            "chunk.add", "chunk", ("", document.name), dataset_id=document.dataset_id, document_id=document.id
        ) as write:
            answer = self._transport.write("POST", _path(document.dataset_id, document.id), body)
            wire = answer.decode(_added).chunk
            write.target(wire.id, document.name)
        return replace(_chunk(wire, document.dataset_id, document.id), document_name=document.name)

    def update(
        self,
        chunk: Chunk,
        *,
        content: str | None = None,
        important_keywords: Sequence[str] | None = None,
        questions: Sequence[str] | None = None,
        available: bool | None = None,
        positions: Sequence[Sequence[float]] | None = None,
    ) -> Chunk:
        """Change a chunk; returns its new state. Nothing is sent if nothing differs.

        ``positions`` are rows of page, left, right, top and bottom, truncated to whole points. Content, keywords and
        questions are always sent together, because the server computes the vector from what it receives. Missing ones
        are read from the server first, because a chunk from a search contains ``<em>`` marks.
        """
        guards.only(chunk, Chunk)
        path = f"{_path(chunk.dataset_id, chunk.document_id)}/{guards.safe_chunk_id(chunk.id)}"
        stored = self.get(chunk.dataset_id, chunk.document_id, chunk.id)
        # The stored chunk has the document's name at the time of parsing.
        current = replace(stored, document_name=chunk.document_name)
        changed = replace(
            current,
            content=current.content if content is None else content,
            important_keywords=current.important_keywords if important_keywords is None else tuple(important_keywords),
            questions=current.questions if questions is None else tuple(questions),
            available=current.available if available is None else available,
            positions=current.positions if positions is None else tuple(_box(row) for row in positions),
        )
        if changed == current:
            return current
        body: dict[str, Any] = {
            "content": changed.content,
            "important_keywords": _texts(changed.important_keywords),
            "questions": _texts(changed.questions),
        }
        if changed.available != current.available:
            body["available"] = changed.available
        if changed.positions != current.positions:
            body["positions"] = changed.positions
        names = ("content", "important_keywords", "questions", "available", "positions")
        was, now = ({name: getattr(one, name) for name in names} for one in (current, changed))
        # The audit trail is kept longer than the chunk, so it does not get its text.
        shown = {name: value for name, value in now.items() if name != "content"}
        with self._writes.recording(
            "chunk.update",
            "chunk",
            (chunk.id, chunk.document_name),
            dataset_id=chunk.dataset_id,
            document_id=chunk.document_id,
            changed=[name for name in names if was[name] != now[name]],
            **differing(was, shown),
        ):
            self._transport.write(self._dialect.update, path, body)
        return changed

    def delete(self, document: Document, doomed: Sequence[Chunk]) -> DeleteOutcome[Chunk]:
        """Delete chunks of one document, a hundred per call. After a partial failure, each is looked up again."""
        guards.only(document, Document)
        chosen = guards.some(doomed, Chunk)
        if any(chunk.document_id != document.id or chunk.dataset_id != document.dataset_id for chunk in chosen):
            raise UnsafeCall("chunks of different documents can't be deleted in one call")
        for chunk in chosen:
            guards.safe_chunk_id(chunk.id)
        return in_portions(chosen, lambda portion: self._delete(document, portion))

    def _delete(self, document: Document, chosen: tuple[Chunk, ...]) -> DeleteOutcome[Chunk]:
        targets = [(chunk.id, document.name) for chunk in chosen]
        with self._writes.recording(
            "chunk.delete", "chunk", *targets, dataset_id=document.dataset_id, document_id=document.id
        ) as write:
            try:
                body = {"chunk_ids": [chunk.id for chunk in chosen]}
                self._transport.write("DELETE", _path(document.dataset_id, document.id), body)
            except Rejected as error:
                if not _PARTLY.match(error.message):
                    raise
                return verify_deleted(
                    chosen, lambda chunk: self.get(chunk.dataset_id, chunk.document_id, chunk.id), error.message, write
                )
        return DeleteOutcome(deleted=chosen)

    @property
    def _dialect(self) -> chunks.ChunksDialect:
        return chunks.of(self._detection.release())


def _chunk(wire: _WireChunk, dataset_id: str, document_id: str) -> Chunk:
    return Chunk(
        id=wire.id,
        document_id=wire.document_id or document_id,
        dataset_id=wire.dataset_id or dataset_id,
        content=wire.content or "",
        document_name=wire.docnm_kwd or "",
        important_keywords=words(wire.important_keywords),
        questions=words(wire.questions),
        available=wire.available is None or bool(wire.available),
        positions=positions(wire.positions),
        image_id=wire.image_id or "",
    )


def _box(row: Sequence[float]) -> tuple[float, ...]:
    if len(row) != 5:
        raise UnsafeCall(f"a position has five numbers, not {len(row)}")
    return tuple(int(number) for number in row)


def _texts(words: Sequence[str]) -> list[str]:
    if isinstance(words, str):
        raise UnsafeCall("keywords and questions are sequences of strings, not a string")
    return [str(word) for word in words]


def _path(dataset_id: str, document_id: str) -> str:
    dataset = guards.safe_id(dataset_id, "dataset")
    return f"/api/v1/datasets/{dataset}/documents/{guards.safe_id(document_id, 'document')}/chunks"
