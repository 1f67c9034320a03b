"""The editable table of metadata: its columns and cells, and applying a saved cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.core.formatting import visible
from dashboard.core.long_text import plain_breaks
from dashboard.metadata import values
from dashboard.metadata.values import Unfit, kind_of, same, text_of
from dashboard.ragflow.resources.metadata import MetadataKey
from dashboard.ragflow.types import Document

MOST_COLUMNS: Final = 20
FIRST_COLUMNS: Final = 8
KEY_LENGTH: Final = 255
# Longer values get a text area.
LONG: Final = 60


@dataclass(frozen=True)
class Column:
    """A key; ``type`` is RAGFlow's: string, number, list or time."""

    key: str
    type: str

    @property
    def kind(self) -> str:
        return values.OF_TYPE.get(self.type, values.TEXT)


@dataclass(frozen=True)
class Cell:
    """A document's value of a key. ``state`` is submitted with the input, so that no one else's change is overwritten.

    ``error`` says why the input was not saved.
    """

    key: str
    kind: str
    text: str
    state: str
    error: str = ""

    @property
    def is_long(self) -> bool:
        return "\n" in self.text or "\r" in self.text or len(self.text) > LONG


class WrongCell(ValueError):
    """A submitted cell that none of our pages produced."""


@dataclass(frozen=True)
class Typed:
    """A submitted cell: what the page showed, and the input."""

    key: str
    kind: str
    shown: Mapping[str, Any]
    text: str

    @classmethod
    def read(cls, state: str, text: str) -> Typed:
        """``state`` is that of the cell. Raises WrongCell."""
        try:
            key, kind, stored = json.loads(state)
            json.dumps([key, stored], ensure_ascii=False).encode()  # fails for lone surrogates
        except (ValueError, TypeError, RecursionError):
            raise WrongCell("a cell must be key, type and value as JSON") from None
        kinds = {values.OTHER, *(kind for kind, _label in values.KINDS)}
        well = isinstance(key, str) and 0 < len(key) <= KEY_LENGTH and kind in kinds and isinstance(stored, list)
        if not well or len(stored) > 1:
            raise WrongCell("a cell must be key, type and value as JSON")
        # Browsers submit every line end as CR LF.
        return cls(key, kind, {key: stored[0]} if stored else {}, plain_breaks(text))

    @property
    def is_changed(self) -> bool:
        return self.text != plain_breaks(text_of(self.shown.get(self.key)))

    def wanted(self) -> dict[str, Any]:
        """The key with its new value; {} for an empty cell. Raises Unfit."""
        if not self.text.strip():
            return {}
        try:
            return {self.key: values.read(self.text, self.kind)}
        except Unfit as error:
            said = _("%(key)s: %(reason)s.") % {"key": visible(self.key), "reason": error}
            raise Unfit(said) from None

    def refused(self, meta: Mapping[str, Any], error: str) -> Cell:
        """The cell with the input and the document's current value: saving it again overwrites that value."""
        return Cell(self.key, self.kind, self.text, _state(self.key, self.kind, meta), error)

    def moved(self, meta: Mapping[str, Any]) -> str:
        """The message if the document's value differs from what the page showed; "" if not."""
        there = {self.key: meta[self.key]} if self.key in meta else {}
        if there.keys() == self.shown.keys() and same(dict(there), dict(self.shown)):
            return ""
        words = {"key": visible(self.key), "value": visible(text_of(there.get(self.key)))}
        if not there:
            return _("Someone else has deleted %(key)s since. Save again to keep your value.") % words
        return _("Someone else has changed %(key)s to “%(value)s”. Save again to replace it with yours.") % words


def columns(query: QueryDict, keys: Sequence[MetadataKey]) -> list[Column]:
    """The columns that the address names (``key``, and ``new`` with its ``kind``), else the most used keys."""
    types = {key.name: key.type for key in keys}
    wanted = [key for key in dict.fromkeys(query.getlist("key")) if key in types]
    if not wanted:
        by_use = sorted(keys, key=lambda key: -sum(count for _value, count in key.values))
        wanted = sorted(key.name for key in by_use[:FIRST_COLUMNS])
    found = [Column(key, types[key]) for key in wanted]
    types_of = {kind: name for name, kind in values.OF_TYPE.items()}
    for name, kind in zip_longest(
        query.getlist("new")[:MOST_COLUMNS], query.getlist("kind")[:MOST_COLUMNS], fillvalue=""
    ):
        key = name.strip()[:KEY_LENGTH]
        if key and key not in (column.key for column in found):
            found.append(Column(key, types.get(key) or types_of.get(kind, "string")))
    return found[:MOST_COLUMNS]


def cells(document: Document, shown: Sequence[Column]) -> list[Cell]:
    """A row of the table."""
    return [cell_of(document.meta_fields, column.key, column.type) for column in shown]


def cell_of(meta: Mapping[str, Any], key: str, type_of_key: str) -> Cell:
    """The cell of a key."""
    stored = meta.get(key)
    kind = kind_of(stored, type_of_key)
    return Cell(key, kind, text_of(stored), _state(key, kind, meta))


def _state(key: str, kind: str, meta: Mapping[str, Any]) -> str:
    return json.dumps([key, kind, [meta[key]] if key in meta else []], ensure_ascii=False)
