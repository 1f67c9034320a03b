"""The metadata of documents as a table to be edited: its columns, its cells, and what a saved cell means."""

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
# What does not fit into a line is written in a box of several.
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
    """What a document has for a key. ``state`` goes along with what is typed, so that nobody's change is overwritten.

    ``error`` says why what is written was not saved.
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
    """A cell that no page of ours has sent."""


@dataclass(frozen=True)
class Typed:
    """A cell as it comes back: what the page showed, and what is written in it now."""

    key: str
    kind: str
    shown: Mapping[str, Any]
    text: str

    @classmethod
    def read(cls, state: str, text: str) -> Typed:
        """``state`` is that of the cell. Raises WrongCell."""
        try:
            key, kind, stored = json.loads(state)
            json.dumps([key, stored], ensure_ascii=False).encode()  # fails for half a character, which no text can hold
        except (ValueError, TypeError, RecursionError):
            raise WrongCell("a cell must be key, kind and value as JSON") from None
        kinds = {values.OTHER, *(kind for kind, _label in values.KINDS)}
        well = isinstance(key, str) and 0 < len(key) <= KEY_LENGTH and kind in kinds and isinstance(stored, list)
        if not well or len(stored) > 1:
            raise WrongCell("a cell must be key, kind and value as JSON")
        # Browsers send every line end as two characters.
        return cls(key, kind, {key: stored[0]} if stored else {}, plain_breaks(text))

    @property
    def is_changed(self) -> bool:
        return self.text != plain_breaks(text_of(self.shown.get(self.key)))

    def wanted(self) -> dict[str, Any]:
        """The key with what is written; nothing for an empty cell. Raises Unfit."""
        if not self.text.strip():
            return {}
        try:
            return {self.key: values.read(self.text, self.kind)}
        except Unfit as error:
            said = _("%(key)s: %(reason)s.") % {"key": visible(self.key), "reason": error}
            raise Unfit(said) from None

    def refused(self, meta: Mapping[str, Any], error: str) -> Cell:
        """The cell with what was typed, beside what the document has now: saving it again means it."""
        return Cell(self.key, self.kind, self.text, _state(self.key, self.kind, meta), error)

    def moved(self, meta: Mapping[str, Any]) -> str:
        """What is said when the document has something else by now than the page showed; "" when it has not."""
        there = {self.key: meta[self.key]} if self.key in meta else {}
        if there.keys() == self.shown.keys() and same(dict(there), dict(self.shown)):
            return ""
        words = {"key": visible(self.key), "value": visible(text_of(there.get(self.key)))}
        if not there:
            return _("%(key)s was deleted meanwhile. Save again to keep yours.") % words
        return _("%(key)s is “%(value)s” by now. Save again to put yours in its place.") % words


def columns(query: QueryDict, keys: Sequence[MetadataKey]) -> list[Column]:
    """Those that the address names (``key``, and ``new`` with its ``kind``), else the most used ones."""
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
    """What there is for a key."""
    stored = meta.get(key)
    kind = kind_of(stored, type_of_key)
    return Cell(key, kind, text_of(stored), _state(key, kind, meta))


def _state(key: str, kind: str, meta: Mapping[str, Any]) -> str:
    return json.dumps([key, kind, [meta[key]] if key in meta else []], ensure_ascii=False)
