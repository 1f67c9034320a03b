"""The metadata of a dataset as a table in a CSV file: written, and read back as changes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.metadata.changes import Failure, Result
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.types import Document
from dashboard.ui.formatting import count

ID, NAME = "document_id", "document"
# A spreadsheet would run a cell that begins so as a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# Each document is a call of its own, while somebody waits.
MOST: Final = 500
KEY_LENGTH: Final = 255


class Unreadable(Exception):
    """The file cannot be taken; ``str()`` says where and what would be right."""


@dataclass(frozen=True)
class Edit:
    """A document whose metadata the file changes: the keys' values before (None where absent) and after."""

    document: Document
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a file would do. ``unknown`` are the names or ids of its lines that no document of the dataset has."""

    edits: tuple[Edit, ...]
    same: int
    unknown: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Stands for these very changes: another one means that a document moved since they were shown."""
        told = [[edit.document.id, dict(edit.before), dict(edit.after)] for edit in self.edits]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write(documents: Iterable[Document]) -> str:
    """A line for each document, a column for each key; lists are written as JSON."""
    documents = list(documents)
    keys = sorted({key for document in documents for key in document.meta_fields})
    text = io.StringIO()
    text.write("\ufeff")  # else Excel reads another encoding
    writer = csv.writer(text)
    writer.writerow([ID, NAME, *map(_cell, keys)])
    for document in documents:
        values = [_cell(document.meta_fields.get(key)) for key in keys]
        writer.writerow([document.id, _cell(document.name), *values])
    return text.getvalue()


def read(text: str, documents: Sequence[Document]) -> Reading:
    """The changes that the file asks for. An empty cell changes nothing. Raises Unreadable."""
    # A browser sends the text back with other line ends than the file had.
    text = _unix(text.removeprefix("\ufeff"))
    first = text.partition("\n")[0]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if "," not in first else ",", strict=True))
    except csv.Error as error:
        raise Unreadable(_("This is not a CSV file: %(reason)s.") % {"reason": error}) from None
    if not lines:
        raise Unreadable(_("The file is empty."))
    head = [_plain(cell.strip()) for cell in lines[0]]
    _check(head)
    by_id = {document.id: document for document in documents}
    by_name = {document.name: document for document in documents}
    kinds = _kinds(documents)
    edits: list[Edit] = []
    unknown: list[str] = []
    seen: set[str] = set()
    same = 0
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(head):
            raise Unreadable(_("Line %(n)d has more cells than there are columns.") % {"n": number})
        row = dict(zip(head, cells, strict=False))
        wanted = row.pop(ID, "").strip(), _plain(row.pop(NAME, ""))
        document = by_id.get(wanted[0]) if wanted[0] else by_name.get(wanted[1])
        if document is None:
            unknown.append(wanted[1] or wanted[0] or _("line %(n)d") % {"n": number})
            continue
        if document.id in seen:
            raise Unreadable(
                _("Line %(n)d is about “%(name)s” again; give each document one line.")
                % {"n": number, "name": document.name}
            )
        seen.add(document.id)
        stored = document.meta_fields
        after = {key: _value(cell, stored.get(key), kinds, key, number) for key, cell in row.items() if cell}
        after = {key: value for key, value in after.items() if not _equal(value, stored.get(key))}
        if after:
            edits.append(Edit(document, {key: stored.get(key) for key in after}, after))
        else:
            same += 1
    if len(edits) > MOST:
        words = {"n": count(len(edits)), "most": count(MOST)}
        raise Unreadable(_("The file changes %(n)s documents; at most %(most)s can be changed by one file.") % words)
    return Reading(tuple(edits), same, tuple(unknown))


def carry_out(ragflow: RAGFlow, reading: Reading) -> Result:
    """Do it, document by document. One that fails does not keep the others from being changed."""
    failures: list[Failure] = []
    for number, edit in enumerate(reading.edits):
        try:
            # All of the metadata: 0.24 merges what is sent, later servers replace by it (contract §9.3).
            ragflow.documents.update(edit.document, meta_fields={**edit.document.meta_fields, **edit.after})
        except errors.Unreachable as error:
            failures += [Failure(left.document, error.message) for left in reading.edits[number:]]
            break
        except errors.RAGFlowError as error:
            failures.append(Failure(edit.document, error.message))
    return Result(len(reading.edits) - len(failures), tuple(failures))


def _check(head: Sequence[str]) -> None:
    if ID not in head and NAME not in head:
        words = {"id": ID, "name": NAME}
        raise Unreadable(_("The first line must name the columns, one of them “%(id)s” or “%(name)s”.") % words)
    for number, key in enumerate(head, 1):
        if not key:
            raise Unreadable(_("Column %(n)d has no name.") % {"n": number})
        if len(key) > KEY_LENGTH:
            raise Unreadable(_("The name of column %(n)d has more than 255 characters.") % {"n": number})
        if key in head[: number - 1]:
            raise Unreadable(_("There are two columns “%(key)s”.") % {"key": key})


def _kinds(documents: Iterable[Document]) -> dict[str, set[type]]:
    """The types of the values that each key has in the dataset."""
    found: dict[str, set[type]] = {}
    for document in documents:
        for key, value in document.meta_fields.items():
            found.setdefault(key, set()).add(type(value))
    return found


def _value(cell: str, stored: Any, kinds: Mapping[str, set[type]], key: str, line: int) -> Any:
    """What a cell says: a list where the present value is one, a number where the key's values are, else text."""
    if _unix(_cell(stored)) == cell:
        return stored
    kind = {type(stored)} if stored is not None else kinds.get(key, set())
    if kind and not kind <= {str, int, float}:
        try:
            return json.loads(cell)
        except ValueError:
            words = {"n": line, "key": key, "example": '["a", "b"]'}
            raise Unreadable(_("Line %(n)d, %(key)s: write a list as JSON, such as %(example)s.") % words) from None
    if kind and kind <= {int, float}:
        number = _number(cell)
        if number is not None:
            return number
    return _plain(cell)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _number(cell: str) -> int | float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(cell) if cell.strip().lstrip("+-").isdigit() else number


def _equal(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return str(value)


def _plain(cell: str) -> str:
    """The text that ``_cell`` wrote."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell
