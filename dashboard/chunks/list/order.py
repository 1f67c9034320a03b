"""The order of chunks in their document, which RAGFlow's lists do not guarantee (seen: 10, 11, 12, 2 …).

It is derived from their positions: pages and regions of a PDF or of slides, otherwise the parser's numbers. Chunks
added manually have no position, nor have those of some chunk methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dashboard.chunks.list.positions import number_of, page_of, regions_of
from dashboard.ragflow.types import Chunk

SortPosition = tuple[float, ...]


def places_of(chunks: Sequence[Chunk]) -> dict[str, SortPosition]:
    """The position where each chunk begins, by id, as far as known and comparable."""
    on_pages = {chunk.id: place for chunk in chunks if (place := _on_page(chunk))}
    return on_pages or {chunk.id: (number,) for chunk in chunks if (number := _number(chunk)) is not None}


def arranged(chunks: Sequence[Chunk], places: dict[str, SortPosition]) -> list[Chunk]:
    """The chunks sorted by position; those without one keep their place in the list."""
    known = iter(sorted((chunk for chunk in chunks if chunk.id in places), key=lambda chunk: places[chunk.id]))
    return [next(known) if chunk.id in places else chunk for chunk in chunks]


def is_arranged(chunks: Sequence[Chunk], places: dict[str, SortPosition]) -> bool:
    """Whether the list is already in document order."""
    return arranged(chunks, places) == list(chunks)


def following(chunks: Sequence[Chunk], places: dict[str, SortPosition], *, has_gaps: bool) -> dict[str, str]:
    """The next chunk in the document, by id, for chunks in document order.

    If the list has gaps, only consecutively numbered chunks count.
    """
    known = [chunk.id for chunk in chunks if chunk.id in places]
    return {
        one: other
        for one, other in pairwise(known)
        if not has_gaps or (len(places[one]) == 1 and places[other][0] == places[one][0] + 1)
    }


def _on_page(chunk: Chunk) -> SortPosition | None:
    """Page, top and left of its beginning."""
    page = page_of(chunk.document_name, chunk.positions)
    if page is None:
        return None
    regions = regions_of(chunk.positions)
    return min((region[0], region[3], region[1]) for region in regions) if regions else (page, 0.0, 0.0)


def _number(chunk: Chunk) -> int | None:
    """The chunk's number; also for a file with pages, if the parser stored numbers instead of pages."""
    return number_of(chunk.document_name, chunk.positions) or (
        int(chunk.positions[0][0]) if chunk.positions and chunk.positions[0] else None
    )
