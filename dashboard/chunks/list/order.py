"""The order of chunks in their document, which RAGFlow's lists do not promise (seen: 10, 11, 12, 2 …).

It is told by their positions: pages and regions of a PDF or slides, else the number that the parser gave each. Chunks
that were added by hand have none, nor have those of some chunk methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dashboard.chunks.list.positions import number_of, page_of, regions_of
from dashboard.ragflow.types import Chunk

SortPosition = tuple[float, ...]


def places_of(chunks: Sequence[Chunk]) -> dict[str, SortPosition]:
    """By id, where each of the chunks of a document begins, as far as that is known and can be compared."""
    on_pages = {chunk.id: place for chunk in chunks if (place := _on_page(chunk))}
    return on_pages or {chunk.id: (number,) for chunk in chunks if (number := _number(chunk)) is not None}


def arranged(chunks: Sequence[Chunk], places: dict[str, SortPosition]) -> list[Chunk]:
    """The chunks by their places; those whose place is not known stay where they are in the list."""
    known = iter(sorted((chunk for chunk in chunks if chunk.id in places), key=lambda chunk: places[chunk.id]))
    return [next(known) if chunk.id in places else chunk for chunk in chunks]


def is_arranged(chunks: Sequence[Chunk], places: dict[str, SortPosition]) -> bool:
    """Whether the list has them in the order of the document already."""
    return arranged(chunks, places) == list(chunks)


def following(chunks: Sequence[Chunk], places: dict[str, SortPosition], *, has_gaps: bool) -> dict[str, str]:
    """By id, the id of the chunk that comes next in the document, of chunks that are arranged.

    With gaps between them, only what is numbered one after the other.
    """
    known = [chunk.id for chunk in chunks if chunk.id in places]
    return {
        one: other
        for one, other in pairwise(known)
        if not has_gaps or (len(places[one]) == 1 and places[other][0] == places[one][0] + 1)
    }


def _on_page(chunk: Chunk) -> SortPosition | None:
    """Page, top and left of where it begins."""
    page = page_of(chunk.document_name, chunk.positions)
    if page is None:
        return None
    regions = regions_of(chunk.positions)
    return min((region[0], region[3], region[1]) for region in regions) if regions else (page, 0.0, 0.0)


def _number(chunk: Chunk) -> int | None:
    """Of a file with pages too, when the parser did not know them and gave numbers instead."""
    return number_of(chunk.document_name, chunk.positions) or (
        int(chunk.positions[0][0]) if chunk.positions and chunk.positions[0] else None
    )
