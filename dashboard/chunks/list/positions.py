"""Where a chunk stands in its file: its page, its regions on pages of a PDF, or its number among the chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Positions = Sequence[Sequence[float]]

# Endings whose chunks carry page numbers; for other files the first number is just the chunk's own (contract §12.2).
_PAGED: Final = {"pdf", "ppt", "pptx"}


def page_of(document_name: str, positions: Positions) -> int | None:
    """The page or slide the chunk begins on, from 1. None where the file has none, or the parser knew of none."""
    suffix = _suffix(document_name)
    if suffix not in _PAGED:
        return None
    rows = regions_of(positions) if suffix == "pdf" else positions
    return _first(rows)


def number_of(document_name: str, positions: Positions) -> int | None:
    """The chunk's own number in a file that has no pages, from 1; None where the parser gave none."""
    return None if _suffix(document_name) in _PAGED else _first(positions)


def regions_of(positions: Positions) -> list[tuple[float, ...]]:
    """Regions of a PDF, each page, left, right, top and bottom in points (contract §12.2).

    Parsers that know of no region put the chunk's own number five times instead: that is left out.
    """
    return [
        tuple(row[:5]) for row in positions if len(row) >= 5 and row[0] >= 1 and (row[1] != row[2] or row[3] != row[4])
    ]


def _suffix(document_name: str) -> str:
    return document_name.rpartition(".")[2].lower()


def _first(rows: Positions) -> int | None:
    first = int(rows[0][0]) if rows and rows[0] else 0
    return first if first > 0 else None
