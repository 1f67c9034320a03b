"""Cells of a metadata file: converting values to text and back."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboard.core.formatting import FORMULA, visible
from dashboard.core.long_text import plain_breaks
from dashboard.metadata.values import Unfit, from_json, number
from dashboard.ragflow.types import Document

# 3,5 and 1.234,5: numbers as written by spreadsheets that separate cells with semicolons.
_COMMA: Final = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+", re.ASCII)
_CELL_SHOWN: Final = 40


def written(value: Any) -> str:
    """The cell of a value; "" for None."""
    if type(value) is str:  # the fast path for nearly all cells
        return f"'{value}" if value[:1] in FORMULA else value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def plain(cell: str) -> str:
    """The text that ``written`` wrote."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def kinds(documents: Sequence[Document]) -> dict[str, set[type]]:
    """The types of the values that each key has in the dataset."""
    found: dict[str, set[type]] = {}
    for document in documents:
        for key, value in document.meta_fields.items():
            if value is not None:
                found.setdefault(key, set()).add(type(value))
    return found


def read(cell: str, stored: Any, kinds_of_key: Collection[type], divider: str) -> Any:
    """The value of a cell: a list if the current value is one, a number if the key's values are numbers, else text.

    ``divider`` is the separator of the file's cells. Raises Unfit.
    """
    if plain_breaks(written(stored)) == cell:
        return stored
    kind = {type(stored)} if stored is not None else set(kinds_of_key)
    if kind and not kind <= {str, int, float}:
        return from_json(cell, _("enter a list as JSON, such as %(example)s") % {"example": '["a", "b"]'})
    if kind and kind <= {int, float}:
        return _number(cell, divider)
    return plain(cell)


def read_exact(cell: str) -> Any:
    """The value of a cell in an exact file, None for ``null``. Raises Unfit."""
    words = {"column": "document_id:json", "example": '"text", 12, ["a", "b"]'}
    return from_json(cell, _("with the column %(column)s, values must be JSON, such as %(example)s, or null") % words)


def _number(cell: str, divider: str) -> int | float:
    text = plain(cell).strip()
    if divider == ";" and _COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    found = number(text)
    if found is None:
        said = text if len(text) <= _CELL_SHOWN else f"{text[:_CELL_SHOWN]}…"
        raise Unfit(
            _("the values of this key are numbers such as 2024 or 3.5, not “%(cell)s”") % {"cell": visible(said)}
        )
    return found
