"""Chunks as answers, histories and retrievals refer to them, each in its own spelling (contract §13, §15, §16.3)."""

from __future__ import annotations

from typing import Any

import msgspec

from .types import Source


class WireSource(msgspec.Struct):
    """Every spelling of a referenced chunk."""

    id: str | None = None
    content: str | None = None
    document_id: str | None = None
    document_name: str | None = None
    document_keyword: str | None = None
    # A knowledge graph's extra hit names several datasets.
    dataset_id: str | list[str] | None = None
    image_id: str | None = None
    positions: Any = None
    similarity: float | None = None
    vector_similarity: float | None = None
    term_similarity: float | None = None
    highlight: str | None = None
    important_keywords: list[Any] | None = None


def source(wire: WireSource) -> Source:
    """The chunk as our type."""
    dataset = wire.dataset_id
    if isinstance(dataset, list):
        dataset = dataset[0] if dataset else ""
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
    """Rectangles ``(page, x1, x2, y1, y2)``; anything else the engines put there is left out."""
    if not isinstance(raw, list):
        return ()
    return tuple(
        tuple(row) for row in raw if isinstance(row, list) and row and all(isinstance(n, (int, float)) for n in row)
    )


def words(raw: list[Any] | None) -> tuple[str, ...]:
    """Keywords or questions as texts."""
    return tuple(str(word) for word in raw or ())
