"""Tables beside their chunks: a limited number of rows, with those of the chunk marked. Runs in the sandbox: no Django.

A sheet is a dict that can be cached as JSON: its ``name``, ``head`` (row number and cells), the ``rows`` below it in
the same form, and whether it ``is_whole``. Rows are numbered as in a spreadsheet: from 1, including empty ones.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any, Final

from dashboard.sandbox.refusal import Refused

# Rows of one sheet; rows (including empty ones) and cells of a whole file; columns; characters of a cell.
ROWS: Final = 5_000
LOOKED_AT: Final = 20_000
CELLS: Final = 100_000
COLUMNS: Final = 60
CELL: Final = 500
# Rows on a page, and rows to show before the first hit.
PAGE: Final = 100
BEFORE: Final = 5
SNIFFED: Final = 4_096
# Lines of a chunk to compare with a row; most rows match one or none.
LINES: Final = 100
_RECORD: Final = re.compile(r"^[ \t]*[-•][^:：\n]{1,200}[:：]", re.MULTILINE)  # noqa: RUF001
_ROW_END: Final = re.compile(r"</tr\s*>")
_TAG: Final = re.compile(r"<[^<>]*>")

Sheet = dict[str, Any]


@dataclass
class Budget:
    """How much of a file may still be read."""

    rows: int = LOOKED_AT
    cells: int = CELLS


def of_csv(content: bytes, *, is_whole: bool) -> list[Sheet]:
    """The table of a CSV file in UTF-8, as a list of one sheet. Raises Refused("unreadable")."""
    text = content.decode()
    try:
        # Only the sniffer's delimiter is used: it assumes that quotes are never doubled if the first kilobytes have
        # no doubled ones.
        delimiter = csv.Sniffer().sniff(text[:SNIFFED], ",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    try:
        found = sheet("", csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), Budget(), is_whole=is_whole)
    except csv.Error as error:
        raise Refused("unreadable") from error
    return [found] if found else []


def sheet(name: str, given: Iterable[Sequence[Any]], budget: Budget, *, is_whole: bool = True) -> Sheet | None:
    """A sheet with as many rows as the budget allows; None if it has none."""
    rows: list[tuple[int, list[str]]] = []
    for number, row in enumerate(given, 1):
        if not budget.rows or budget.cells < 0 or len(rows) > ROWS:
            is_whole = False
            break
        budget.rows -= 1
        cells = ["" if cell is None else str(cell).strip()[:CELL] for cell in row[:COLUMNS]]
        budget.cells -= len(cells)
        if any(cells):
            rows.append((number, cells))
    if not rows and is_whole:
        return None
    # Workbook rows are padded to the maximum number of columns.
    width = max((place for _, cells in rows for place, cell in enumerate(cells, 1) if cell), default=0)
    head, *rest = [(number, cells[:width]) for number, cells in rows] or [(1, [])]
    return {"name": name, "head": head, "rows": rest, "is_whole": is_whole}


def view(content: bytes, *, chunk: str, number: int | None = None, at: int | None = None) -> dict[str, Any] | None:
    """The page of rows that begins ``at``, or the one with the chunk's first row; None if there are no rows.

    ``content`` holds the sheets as JSON. The page is from sheet ``number``, or from the one that contains the chunk.
    ``earlier`` and ``later`` are the starts of the pages around it, None at the ends; ``hits`` counts marked rows.
    """
    sheets: list[Sheet] = json.loads(content)
    if not sheets:
        return None
    said = _Said(chunk)
    if number is None or not 0 <= number < len(sheets):
        number = next((place for place, one in enumerate(sheets) if any(said.has(row) for _, row in one["rows"])), 0)
    shown = sheets[number]
    rows: list[tuple[int, list[str]]] = shown["rows"]
    hits = [place for place, (_, cells) in enumerate(rows) if said.has(cells)]
    if at is None:
        at = max(0, hits[0] - BEFORE) if hits and len(rows) > PAGE else 0
    at = min(max(0, at), max(0, len(rows) - 1))
    marked = set(hits)
    first = next((place for place in hits if at <= place < at + PAGE), None)
    return {
        "number": number,
        "names": [one["name"] for one in sheets],
        "head": shown["head"][1],
        "is_whole": shown["is_whole"],
        "rows": [
            {"number": row, "cells": cells, "is_hit": place in marked, "is_first": place == first}
            for place, (row, cells) in islice(enumerate(rows), at, at + PAGE)
        ],
        "hits": len(hits),
        "earlier": max(0, at - PAGE) if at else None,
        "later": at + PAGE if at + PAGE < len(rows) else None,
    }


class _Said:
    """Checks whether a chunk contains all values of a row in one line."""

    def __init__(self, chunk: str) -> None:
        text = chunk
        if "<table" in chunk:
            text = html.unescape(_TAG.sub(" ", _ROW_END.sub("\n", chunk)))
        # The table method creates one chunk per row, with one line per value.
        is_record = len(_RECORD.findall(text)) > 1
        self.lines = [_plain(text)] if is_record else [_plain(line) for line in text.splitlines() if line.strip()]
        self.text = "\n".join(self.lines)
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]

    def has(self, cells: Sequence[str]) -> bool:
        values = [_plain(cell) for cell in cells if cell.strip()]
        if not values:
            return False
        # The longest value is the least likely to match by chance.
        rarest = max(values, key=len)
        at = self.text.find(rarest)
        for _ in range(LINES):
            if at < 0:
                return False
            line = bisect(self.starts, at) - 1
            if all(_contains(self.lines[line], value) for value in values):
                return True
            at = self.text.find(rarest, self.starts[line + 1])
        return False


def _contains(line: str, value: str) -> bool:
    """Whether the line contains the value as a whole word: "700" does not contain "7"."""
    at = line.find(value)
    for _ in range(LINES):
        if at < 0:
            return False
        before, after = line[at - 1 : at], line[at + len(value) : at + len(value) + 1]
        if not (before.isalnum() and value[0].isalnum()) and not (after.isalnum() and value[-1].isalnum()):
            return True
        at = line.find(value, at + 1)
    return False


def _plain(text: str) -> str:
    return " ".join(text.split())
