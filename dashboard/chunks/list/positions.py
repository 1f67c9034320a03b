"""The position of a chunk in its file: its page, its regions in a PDF, or its number among the chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Positions = Sequence[Sequence[float]]

# File extensions whose chunks have page numbers; for others, the first number is the chunk's own (contract §12.2).
_PAGED: Final = {"pdf", "ppt", "pptx"}


def page_of(document_name: str, positions: Positions) -> int | None:
    """The page or slide the chunk begins on, from 1; None if the file has no pages or the parser stored none."""
    suffix = _suffix(document_name)
    if suffix not in _PAGED:
        return None
    rows = regions_of(positions) if suffix == "pdf" else positions
    return _first(rows)


def number_of(document_name: str, positions: Positions) -> int | None:
    """The chunk's number in a file without pages, from 1; None if the parser stored none."""
    return None if _suffix(document_name) in _PAGED else _first(positions)


def regions_of(positions: Positions) -> list[tuple[float, ...]]:
    """Regions in a PDF: page, left, right, top and bottom in points (contract §12.2).

    Parsers that know no region store the chunk's number five times instead, which is skipped.
    """
    return [
        tuple(row[:5]) for row in positions if len(row) >= 5 and row[0] >= 1 and (row[1] != row[2] or row[3] != row[4])
    ]


def _suffix(document_name: str) -> str:
    return document_name.rpartition(".")[2].lower()


def _first(rows: Positions) -> int | None:
    first = int(rows[0][0]) if rows and rows[0] else 0
    return first if first > 0 else None
