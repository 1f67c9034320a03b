"""Tables beside their chunks: a bounded number of rows, those of the chunk marked. Runs in the sandbox: no Django here.

A sheet is a dict, as it is kept and passed on: its ``name``, ``head`` (the number of the row and its cells), ``rows``
below it of the same kind, and whether it ``is_whole``. Rows count as in a spreadsheet, from 1, the empty ones too.
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

# Of one sheet; of a whole file, with those rows that are empty.
ROWS: Final = 5_000
LOOKED_AT: Final = 20_000
CELLS: Final = 100_000
COLUMNS: Final = 60
CELL: Final = 500
# Shown on a page.
PAGE: Final = 100
BEFORE: Final = 5
SNIFFED: Final = 4_096
# Lines of a chunk that are compared with a row: most rows are like one or none.
LINES: Final = 100
_RECORD: Final = re.compile(r"^[ \t]*[-•][^:：\n]{1,200}[:：]", re.MULTILINE)  # noqa: RUF001
_ROW_END: Final = re.compile(r"</tr\s*>")
_TAG: Final = re.compile(r"<[^<>]*>")

Sheet = dict[str, Any]


@dataclass
class Budget:
    """How much of a file may still be looked at."""

    rows: int = LOOKED_AT
    cells: int = CELLS


def of_csv(content: bytes, *, is_whole: bool) -> list[Sheet]:
    """The one table of a text in UTF-8. Raises Refused("unreadable")."""
    text = content.decode()
    try:
        # Of what the sniffer finds only the sign between two cells is taken: it thinks that a quote is never doubled
        # when the first kilobytes have no such.
        delimiter = csv.Sniffer().sniff(text[:SNIFFED], ",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    try:
        found = sheet("", csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), Budget(), is_whole=is_whole)
    except csv.Error as error:
        raise Refused("unreadable") from error
    return [found] if found else []


def sheet(name: str, given: Iterable[Sequence[Any]], budget: Budget, *, is_whole: bool = True) -> Sheet | None:
    """As many of the rows as the budget allows; None where there are none."""
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
    # A workbook fills its rows up to the last column that may be asked for.
    width = max((place for _, cells in rows for place, cell in enumerate(cells, 1) if cell), default=0)
    head, *rest = [(number, cells[:width]) for number, cells in rows] or [(1, [])]
    return {"name": name, "head": head, "rows": rest, "is_whole": is_whole}


def view(content: bytes, *, chunk: str, number: int | None = None, at: int | None = None) -> dict[str, Any] | None:
    """The page of rows that begins ``at``, or the one with the first row of the chunk; None where there are none.

    ``content`` is the sheets as JSON. It is of the sheet with this ``number``, or of the one where the chunk is found.
    ``earlier`` and ``later`` are where the pages around it begin, None at the ends; ``hits`` how many rows are marked.
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
    """Tells whether a chunk has the values of a row, all in one line."""

    def __init__(self, chunk: str) -> None:
        text = chunk
        if "<table" in chunk:
            text = html.unescape(_TAG.sub(" ", _ROW_END.sub("\n", chunk)))
        # The table method makes a chunk of each row, with a line for each of its values.
        is_record = len(_RECORD.findall(text)) > 1
        self.lines = [_plain(text)] if is_record else [_plain(line) for line in text.splitlines() if line.strip()]
        self.text = "\n".join(self.lines)
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]

    def has(self, cells: Sequence[str]) -> bool:
        values = [_plain(cell) for cell in cells if cell.strip()]
        if not values:
            return False
        # The longest value is the one that is least often there by chance.
        rarest = max(values, key=len)
        at = self.text.find(rarest)
        for _ in range(LINES):
            if at < 0:
                return False
            line = bisect(self.starts, at) - 1
            if all(_stands_in(self.lines[line], value) for value in values):
                return True
            at = self.text.find(rarest, self.starts[line + 1])
        return False


def _stands_in(line: str, value: str) -> bool:
    """Whether the value stands in the line by itself: "7" does not stand in "700"."""
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
