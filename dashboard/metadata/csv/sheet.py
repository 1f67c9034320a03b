"""The metadata of a dataset as a table in a CSV file: written, and read back as changes.

There are two formats. In the plain one an empty cell changes nothing, and a cell's type follows from the key's other
values. In the exact one, whose first column is ``document_id:json``, values are JSON, and null deletes a key.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.core.formatting import count, visible
from dashboard.core.long_text import plain_breaks
from dashboard.metadata import cells, edits
from dashboard.metadata.edits import Edit
from dashboard.metadata.values import Unfit
from dashboard.ragflow.names import normal
from dashboard.ragflow.types import Document, DocumentMetadata

ID, NAME, EXACT_ID = "document_id", "document", "document_id:json"
OWN_KEY: Final = "key:"
MOST: Final = 10_000
KEY_LENGTH: Final = 255
# The number of documents that can be exported, plus some empty lines. More columns than this are no metadata.
MOST_LINES: Final = 21_000
MOST_COLUMNS: Final = 2_000
BETWEEN_TURNS: Final = 500


class Unreadable(Exception):
    """The file cannot be read; ``str()`` says where the error is and how to correct it."""


@dataclass(frozen=True)
class Reading:
    """The effect of a file. ``unknown`` are the names or ids in it that no document of the dataset has."""

    edits: tuple[Edit, ...]
    same: int
    unknown: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return edits.fingerprint(self.edits)


@dataclass(frozen=True)
class Part:
    """A part of an export: documents as lines, with a column for each of their ``keys``."""

    documents: Sequence[DocumentMetadata]
    keys: tuple[str, ...]
    lines: str

    @classmethod
    def of(cls, documents: Sequence[DocumentMetadata]) -> Part:
        keys = tuple(sorted(set().union(*(document.meta_fields for document in documents))))
        return cls(documents, keys, _written(documents, keys))


def write(parts: Sequence[Part]) -> str:
    """Write a line per document and a column per key; lists are written as JSON.

    A document in two parts, because the list changed while it was read, is written once.
    """
    keys = tuple(sorted({key for part in parts for key in part.keys}))
    head = io.StringIO()
    csv.writer(head).writerow([ID, NAME, *map(_column, keys)])
    text = ["\ufeff", head.getvalue()]  # the byte order mark, without which Excel assumes another encoding
    seen: set[str] = set()
    for part in parts:
        ids = {document.id for document in part.documents}
        if part.keys == keys and seen.isdisjoint(ids):
            text.append(part.lines)
        else:
            text.append(_written([document for document in part.documents if document.id not in seen], keys))
        seen |= ids
    return "".join(text)


@dataclass(frozen=True)
class Kept:
    """The previous values of a document's changed ``keys``; a key missing in ``before`` was not in the document."""

    document_id: str
    name: str
    keys: frozenset[str]
    before: Mapping[str, Any]


def write_exact(lines: Sequence[Kept]) -> str:
    """A file whose import restores the exact previous values of the changed keys."""
    keys = sorted({key for line in lines for key in line.keys})
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([EXACT_ID, NAME, *map(_column, keys)])
    for line in lines:
        values = [json.dumps(line.before.get(key), ensure_ascii=False) if key in line.keys else "" for key in keys]
        writer.writerow([line.document_id, cells.written(line.name), *values])
    return text.getvalue()


def read(text: str, documents: Sequence[Document]) -> Reading:
    """The changes in the file. An empty cell changes nothing. Raises Unreadable."""
    # A browser submits the text with other line ends than the file had.
    text = plain_breaks(text.removeprefix("\ufeff"))
    if "\0" in text:
        raise Unreadable(_("This is not a CSV file: %(reason)s.") % {"reason": _("it contains NUL bytes")})
    divider, lines = _lines(text)
    is_exact = lines[0][0].strip() == EXACT_ID
    head = [cells.plain(cell if is_exact else cell.strip()) for cell in lines[0]]
    if is_exact:
        head[0] = ID
    _check(head)
    by_id = {document.id: document for document in documents}
    by_name = {normal(document.name): document for document in documents}
    by_name |= {document.name: document for document in documents}
    kinds = cells.kinds(documents)
    found: list[Edit] = []
    unknown: list[str] = []
    seen: set[str] = set()
    same_as_now = 0
    for place, line in enumerate(lines[1:], 2):
        if place % BETWEEN_TURNS == 0:
            time.sleep(0)  # a large file takes a second: let other requests run
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(head):
            raise Unreadable(_("Line %(n)d has more cells than there are columns.") % {"n": place})
        row = dict(zip(head, line, strict=False))
        document_id, name = row.pop(ID, "").strip(), cells.plain(row.pop(NAME, ""))
        document = by_id.get(document_id) if document_id else by_name.get(name) or by_name.get(normal(name))
        if document is None:
            unknown.append(name or document_id or _("line %(n)d") % {"n": place})
            continue
        if document.id in seen:
            raise Unreadable(
                _("Line %(n)d repeats “%(name)s”. Use one line per document.") % {"n": place, "name": document.name}
            )
        seen.add(document.id)
        stored = document.meta_fields
        said = {_key(column): cell for column, cell in row.items() if cell.strip()}
        after = dict(stored)
        for key, cell in said.items():
            try:
                after[key] = (
                    cells.read_exact(cell)
                    if is_exact
                    else cells.read(cell, stored.get(key), kinds.get(key, frozenset()), divider)
                )
            except Unfit as error:
                words = {"n": place, "key": visible(key), "reason": error}
                raise Unreadable(_("Line %(n)d, %(key)s: %(reason)s.") % words) from None
        if is_exact:
            after = {key: value for key, value in after.items() if value is not None or key not in said}
        edit = edits.between(document, after)
        if edit is None:
            same_as_now += 1
        else:
            found.append(edit)
    if len(found) > MOST:
        words = {"n": count(len(found)), "most": count(MOST)}
        raise Unreadable(_("The file changes %(n)s documents; at most %(most)s are allowed per file.") % words)
    return Reading(tuple(found), same_as_now, tuple(unknown))


def _written(documents: Sequence[DocumentMetadata], keys: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(
        [document.id, cells.written(document.name), *[cells.written(document.meta_fields.get(key)) for key in keys]]
        for document in documents
    )
    return text.getvalue()


def _lines(text: str) -> tuple[str, list[list[str]]]:
    """The cell separator, and the lines."""
    first = text.partition("\n")[0]
    divider = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    try:
        lines = list(islice(reader, MOST_LINES + 1))
    except csv.Error as error:
        raise Unreadable(_("This is not a CSV file: %(reason)s.") % {"reason": error}) from None
    if not lines or not lines[0]:
        raise Unreadable(_("The file is empty."))
    if len(lines) > MOST_LINES:
        raise Unreadable(_("The file has more than %(most)s lines.") % {"most": count(MOST_LINES)})
    return divider, lines


def _check(head: Sequence[str]) -> None:
    if ID not in head and NAME not in head:
        words = {"id": ID, "name": NAME}
        raise Unreadable(_("The first line must contain the column names, including “%(id)s” or “%(name)s”.") % words)
    if len(head) > MOST_COLUMNS:
        raise Unreadable(_("The file has more than %(most)s columns.") % {"most": count(MOST_COLUMNS)})
    seen: set[str] = set()
    for place, key in enumerate(head, 1):
        if not key:
            raise Unreadable(_("Column %(n)d has no name.") % {"n": place})
        if len(key) > KEY_LENGTH:
            raise Unreadable(_("The name of column %(n)d has more than 255 characters.") % {"n": place})
        if key in seen:
            raise Unreadable(_("The column “%(key)s” appears twice.") % {"key": key})
        seen.add(key)


def _column(key: str) -> str:
    """The column header of a key; keys with the name of one of our columns get a prefix."""
    return cells.written(f"{OWN_KEY}{key}" if key in (ID, NAME, EXACT_ID) or key.startswith(OWN_KEY) else key)


def _key(column: str) -> str:
    return column.removeprefix(OWN_KEY)
