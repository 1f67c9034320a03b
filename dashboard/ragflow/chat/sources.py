"""Chunks referenced by answers, histories and retrievals, which all use different fields (contract §13, §15, §16.3)."""

from __future__ import annotations

from typing import Any

import msgspec

from dashboard.ragflow.http.json_repair import decode, words
from dashboard.ragflow.types import Source


class _WireSource(msgspec.Struct):
    """The union of all fields of a referenced chunk."""

    id: str | None = None
    content: str | None = None
    document_id: str | None = None
    document_name: str | None = None
    document_keyword: str | None = None
    # The extra hit of a knowledge graph has several datasets.
    dataset_id: str | list[str | None] | None = None
    image_id: str | None = None
    positions: Any = None
    similarity: float | None = None
    vector_similarity: float | None = None
    term_similarity: float | None = None
    highlight: str | None = None
    important_keywords: list[Any] | None = None


class _Reference(msgspec.Struct):
    total: Any = None
    chunks: msgspec.Raw = msgspec.Raw(b"null")


_reference = msgspec.json.Decoder(_Reference)
_sources = msgspec.json.Decoder(list[_WireSource | None] | None)
_one_by_one = msgspec.json.Decoder(list[msgspec.Raw])
_source = msgspec.json.Decoder(_WireSource)


def sources_in(chunks: msgspec.Raw) -> tuple[Source, ...]:
    """The chunks of an answer or a retrieval, in order.

    An unreadable one becomes empty but keeps its place, because citation marks are indexes. Returns no sources if this
    is not a list, because the text of the answer matters more.
    """
    try:
        found = decode(chunks, _sources) or []
    except msgspec.DecodeError:
        found = _readable_ones(chunks)
    return tuple(_as_source(wire or _WireSource()) for wire in found)


def referenced(reference: msgspec.Raw) -> tuple[tuple[Source, ...], int]:
    """The chunks of an answer's reference (an object or a list), and the total number found."""
    if not is_object(reference):
        chunks = sources_in(reference)
        return chunks, len(chunks)
    try:
        found = decode(reference, _reference)
    except msgspec.DecodeError:
        return (), 0
    chunks = sources_in(found.chunks)
    return chunks, found.total if isinstance(found.total, int) and found.total else len(chunks)


def _readable_ones(chunks: msgspec.Raw) -> list[_WireSource | None]:
    try:
        raws = decode(chunks, _one_by_one)
    except msgspec.DecodeError:
        return []
    found: list[_WireSource | None] = []
    for raw in raws:
        try:
            found.append(decode(raw, _source))
        except msgspec.DecodeError:
            found.append(None)
    return found


def _as_source(wire: _WireSource) -> Source:
    dataset = wire.dataset_id
    if isinstance(dataset, list):
        dataset = next(filter(None, dataset), "")
    return Source(
        id=wire.id or "",
        content=wire.content or "",
        document_id=wire.document_id or "",
        document_name=wire.document_name or wire.document_keyword or "",
        dataset_id=dataset or "",
        image_id=wire.image_id or "",
        positions=positions(wire.positions),
        similarity=wire.similarity,
        vector_similarity=wire.vector_similarity,
        term_similarity=wire.term_similarity,
        highlight=wire.highlight,
        important_keywords=words(wire.important_keywords),
    )


def positions(raw: Any) -> tuple[tuple[float, ...], ...]:
    """Rectangles ``(page, x1, x2, y1, y2)``; other values are dropped."""
    if not isinstance(raw, list):
        return ()
    return tuple(
        tuple(row) for row in raw if isinstance(row, list) and row and all(isinstance(n, (int, float)) for n in row)
    )


def is_object(raw: msgspec.Raw) -> bool:
    """Whether the JSON is an object, without copying it."""
    return memoryview(raw)[:1].tobytes() == b"{"
