"""Metadata values: their types, and converting them from and to text."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

TEXT, NUMBER, LIST, TIME, OTHER = "text", "number", "list", "time", "other"
KINDS: Final = (
    (TEXT, _lazy("Text")),
    (NUMBER, _lazy("Number")),
    (LIST, _lazy("List")),
    (TIME, _lazy("Time")),
)
# RAGFlow's words for them (contract §11).
OF_TYPE: Final = {"string": TEXT, "number": NUMBER, "list": LIST, "time": TIME}
BETWEEN: Final = ";"
LONGEST: Final = 4080
# Deeper JSON is no metadata, and could not be serialised again.
DEEPEST: Final = 20
# A lone surrogate: JSON can express it, UTF-8 cannot.
_HALF: Final = re.compile("[\ud800-\udfff]")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


class Unfit(ValueError):
    """The text is not a valid value of its type; ``str()`` says how to correct it."""


def kind_of(value: Any, type_of_key: str = "") -> str:
    """The kind of a stored value; for None, the kind of the key's other values."""
    if value is None:
        return OF_TYPE.get(type_of_key, TEXT)
    if isinstance(value, str):
        return TIME if type_of_key == "time" and _TIME.fullmatch(value) else TEXT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return NUMBER
    return LIST if isinstance(value, list) and value and all(map(_is_plain_item, value)) else OTHER


def text_of(value: Any) -> str:
    """A value as the text of a field; "" for None. ``read`` with the value's type is the inverse."""
    if value is None or isinstance(value, str):
        return value or ""
    if kind_of(value) == LIST:
        return f"{BETWEEN} ".join(value)
    return json.dumps(value, ensure_ascii=False)


def read(text: str, kind: str) -> Any:
    """The value of a non-empty text. Raises Unfit."""
    if len(text) > LONGEST:
        raise Unfit(_("at most %(most)d characters; this has %(n)d") % {"most": LONGEST, "n": len(text)})
    if "\0" in text:
        raise Unfit(_unstorable())
    if kind == NUMBER:
        found = number(text)
        if found is None:
            raise Unfit(_("enter a number such as 2024 or 3.5"))
        return found
    if kind == TIME:
        return _time(text)
    if kind == LIST:
        items = list(dict.fromkeys(part.strip() for part in text.split(BETWEEN) if part.strip()))
        if not items:
            raise Unfit(_("separate the items of the list with %(sign)s") % {"sign": BETWEEN})
        return items
    if kind == OTHER:
        return from_json(text, _("enter JSON, such as %(example)s") % {"example": '["a", "b"]'})
    return text


def from_json(text: str, advice: str) -> Any:
    """The value of a JSON text; raises Unfit with the ``advice`` if it is invalid.

    Also raises Unfit for values that Python accepts but RAGFlow or a database cannot store: NaN, numbers that are too
    large, lists nested too deeply, lone surrogates.
    """
    try:
        found = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise Unfit(_too_deep()) from None
    except Unfit:
        raise
    except ValueError:
        raise Unfit(advice) from None
    level, depth = [found], 0
    while level:
        if any("\0" in one or _HALF.search(one) for one in level if isinstance(one, str)):
            raise Unfit(_unstorable())
        inner = [one for one in level if isinstance(one, (list, dict))]
        depth += bool(inner)
        if depth > DEEPEST:
            raise Unfit(_too_deep())
        level = [part for one in inner for part in (one if isinstance(one, list) else (*one.keys(), *one.values()))]
    return found


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise Unfit(_("“%(text)s” can't be stored as a number") % {"text": text[:40]})
    return found


def _too_deep() -> str:
    return _("brackets can be nested at most %(most)d deep") % {"most": DEEPEST}


def _unstorable() -> str:
    return _("it contains a character that can't be stored")


def number(text: str) -> int | float | None:
    """The number in a text; None if it is not a number."""
    try:
        found = float(text)
    except ValueError:
        return None
    if not math.isfinite(found) or "_" in text:
        return None
    return int(text) if text.strip().lstrip("+-").isdigit() else found


def words_of(value: Any) -> str | None:
    """A value for display; None for no value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in a document. Unlike in Python, 1, 1.0 and True differ."""
    if type(one) is str and type(other) is str:
        return one == other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_plain_item(item: Any) -> bool:
    return isinstance(item, str) and item != "" and item == item.strip() and BETWEEN not in item and "\n" not in item


def _time(text: str) -> str:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or len(text.strip()) < len("2024-01-31"):
        raise Unfit(_("enter a time such as 2024-01-31 or 2024-01-31T09:30:00"))
    return found.strftime("%Y-%m-%dT%H:%M:%S")
