"""Question sets as CSV with the columns question, documents, chunks; ``|`` separates several values in a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from dashboard.core.formatting import FORMULA, cell
from dashboard.ragflow.names import each_once

COLUMNS: Final = ("question", "documents", "chunks")
MOST_BYTES: Final = 2_000_000
MOST_ROWS: Final = 2_000
# A question may have several lines, and lines may be empty.
MOST_LINES: Final = 20_000
QUESTION_LENGTH: Final = 2_000
# Without this byte order mark, Excel assumes another encoding.
_MARK: Final = "\ufeff"


class Unreadable(ValueError):
    """The file can't be read; the message says what is wrong and where."""


@dataclass(frozen=True)
class Row:
    """One question of the file."""

    text: str
    documents: tuple[str, ...]
    chunks: tuple[str, ...]


def write(rows: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> str:
    """The file as text."""
    out = io.StringIO()
    out.write(_MARK)
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for text, documents, chunks in rows:
        writer.writerow([cell(text), cell("|".join(documents)), cell("|".join(chunks))])
    return out.getvalue()


def write_results(rows: Iterable[tuple[str, Sequence[str], Sequence[str], str, int | None, int | None]]) -> str:
    """The result of each question, with the columns of a set, so that the misses can be imported as one."""
    out = io.StringIO()
    out.write(_MARK)
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "result", "rank", "rank_before"])
    for text, documents, chunks, word, rank, before in rows:
        expected = [cell("|".join(documents)), cell("|".join(chunks))]
        writer.writerow([cell(text), *expected, word, rank or "", before or ""])
    return out.getvalue()


def read(content: bytes) -> list[Row]:
    """The questions of a file. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file can be at most 2 MB."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file isn't UTF-8. Save it as CSV (UTF-8).")) from error
    if "\0" in text:
        raise Unreadable(_("This isn't a CSV file."))
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        if "question" not in names:
            raise Unreadable(_("The first line must contain the column names question, documents and chunks."))
        return _rows(reader)
    except csv.Error as error:
        raise Unreadable(_("Line %(line)d can't be read.") % {"line": reader.line_num}) from error


def _rows(reader: csv.DictReader[str]) -> list[Row]:
    rows: dict[str, Row] = {}
    for row in reader:
        if reader.line_num > MOST_LINES:
            raise Unreadable(_("The file can have at most 2,000 questions."))
        text = _plain(row.get("question"))
        documents, chunks = _several(row.get("documents")), _several(row.get("chunks"))
        line = {"line": reader.line_num}
        if not text and not documents and not chunks:
            continue
        if not text:
            raise Unreadable(_("Line %(line)d has no question.") % line)
        if len(text) > QUESTION_LENGTH:
            raise Unreadable(_("The question in line %(line)d is longer than 2,000 characters.") % line)
        if not documents and not chunks:
            raise Unreadable(_("Line %(line)d lists neither documents nor chunks.") % line)
        rows[text] = Row(text, documents, chunks)
        if len(rows) > MOST_ROWS:
            raise Unreadable(_("The file can have at most 2,000 questions."))
    if not rows:
        raise Unreadable(_("The file contains no questions."))
    return list(rows.values())


def _several(text: str | None) -> tuple[str, ...]:
    return tuple(each_once(part.strip() for part in _plain(text).split("|") if part.strip()))


def _plain(given: str | None) -> str:
    text = given or ""
    return (text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text).strip()
