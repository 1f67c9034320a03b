"""Tables beside their chunks: a bounded number of rows, those of the chunk marked."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Read of a file, and shown on a page.
ROWS: Final = 5_000
COLUMNS: Final = 60
CELLS: Final = 60_000
CELL: Final = 500
PAGE: Final = 100
BEFORE: Final = 5
_RECORD: Final = re.compile(r"^\s*[-•]\s*[^:：]{1,200}[:：]", re.MULTILINE)  # noqa: RUF001


class Unreadable(Exception):
    """Not a table of the kind that its name says."""


@dataclass(frozen=True)
class Sheet:
    """``head`` names the columns; ``rows`` are those below it. ``is_whole`` is False when there are more of them."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_whole: bool = True


@dataclass(frozen=True)
class Row:
    """``number`` counts as a spreadsheet does: 1 is the head."""

    number: int
    cells: tuple[str, ...]
    is_hit: bool
    is_first: bool = False


@dataclass(frozen=True)
class View:
    """A page of a sheet. ``earlier`` and ``later`` are where the pages around it begin, None at the ends."""

    sheet: Sheet
    number: int
    rows: tuple[Row, ...]
    hits: int
    earlier: int | None
    later: int | None


def of_csv(text: str, *, is_whole: bool) -> tuple[Sheet, ...]:
    """The one table of a text. Raises Unreadable."""
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4096], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        return _sheet("", csv.reader(io.StringIO(text), dialect), is_whole=is_whole)
    except csv.Error as error:
        raise Unreadable(str(error)) from error


def of_workbook(content: bytes, largest: int) -> tuple[Sheet, ...]:
    """The sheets of an xlsx file; ``largest`` is how many bytes it may have unpacked. Raises Unreadable."""
    # Loaded when somebody looks at such a file: it takes 6 MB of every process.
    import openpyxl

    check_size(content, largest)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            return tuple(
                found
                for sheet in book.worksheets[:30]
                for found in _sheet(sheet.title, sheet.iter_rows(values_only=True, max_col=COLUMNS), is_whole=True)
            )
        finally:
            book.close()
    except Exception as error:
        # The library raises whatever a broken file makes it stumble over.
        raise Unreadable(str(error) or type(error).__name__) from error


def check_size(content: bytes, largest: int) -> None:
    """Raises Unreadable for what is no zip, or unpacks to more than ``largest`` bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > largest:
                raise Unreadable("too large")
    except zipfile.BadZipFile as error:
        raise Unreadable(str(error)) from error


def view(sheets: Sequence[Sheet], content: str, number: int | None = None, at: int | None = None) -> View | None:
    """The sheet with this number, or the one where the chunk is found; None when there are none."""
    if not sheets:
        return None
    says = _Said(content)
    if number is None or not 0 <= number < len(sheets):
        number = next((place for place, sheet in enumerate(sheets) if any(map(says.row, sheet.rows))), 0)
    sheet = sheets[number]
    hits = [place for place, row in enumerate(sheet.rows) if says.row(row)]
    if at is None:
        at = max(0, hits[0] - BEFORE) if hits and len(sheet.rows) > PAGE else 0
    at = min(max(0, at), max(0, len(sheet.rows) - 1))
    marked = set(hits)
    first = next((place for place in hits if at <= place < at + PAGE), None)
    rows = tuple(
        Row(place + 2, row, place in marked, place == first)
        for place, row in enumerate(sheet.rows[at : at + PAGE], start=at)
    )
    later = at + PAGE if at + PAGE < len(sheet.rows) else None
    return View(sheet, number, rows, len(hits), max(0, at - PAGE) if at else None, later)


class _Said:
    """Tells whether a chunk has the values of a row."""

    def __init__(self, content: str) -> None:
        text = content
        if "<table" in content:
            text = html.unescape(re.sub(r"<[^<>]*>", " ", re.sub(r"</tr\s*>", "\n", content)))
        self.whole = _plain(text)
        # The table method makes a chunk of each row, with a line for each of its values.
        is_record = len(_RECORD.findall(text)) > 1
        self.lines = [self.whole] if is_record else [_plain(line) for line in text.splitlines() if line.strip()]

    def row(self, cells: Sequence[str]) -> bool:
        values = [_plain(cell) for cell in cells if cell.strip()]
        if not values or not all(value in self.whole for value in values):
            return False
        return any(all(_has(line, value) for value in values) for line in self.lines)


def _sheet(name: str, given: Iterable[Sequence[Any]], *, is_whole: bool) -> tuple[Sheet, ...]:
    rows: list[tuple[str, ...]] = []
    cells = 0
    for row in given:
        texts = tuple("" if cell is None else str(cell).strip()[:CELL] for cell in row[:COLUMNS])
        if not any(texts):
            continue
        if len(rows) > ROWS or cells > CELLS:
            is_whole = False
            break
        cells += len(texts)
        rows.append(texts)
    if not rows:
        return ()
    return (Sheet(name, rows[0], tuple(rows[1:]), is_whole),)


def _has(line: str, value: str) -> bool:
    """Whether the value stands in the line by itself: "7" does not stand in "700"."""
    at = line.find(value)
    while at >= 0:
        before, after = line[at - 1 : at], line[at + len(value) : at + len(value) + 1]
        if not (before.isalnum() and value[0].isalnum()) and not (after.isalnum() and value[-1].isalnum()):
            return True
        at = line.find(value, at + 1)
    return False


def _plain(text: str) -> str:
    return " ".join(text.split())
