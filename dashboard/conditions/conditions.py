"""Metadata conditions: read from and written to addresses, and in RAGFlow's format (contract §11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.ragflow.resources import metadata

MOST: Final = 10
KEY_LENGTH: Final = 255
VALUE_LENGTH: Final = 4080
# Conditions are part of addresses, ours and RAGFlow's, and servers reject addresses that are too long.
ENCODED_LENGTH: Final = 3000
OPERATORS: Final = (
    ("is", _lazy("is")),
    ("not is", _lazy("is not")),
    ("contains", _lazy("contains")),
    ("not contains", _lazy("does not contain")),
    ("in", _lazy("is one of")),
    ("not in", _lazy("is none of")),
    ("start with", _lazy("starts with")),
    ("end with", _lazy("ends with")),
    (">", _lazy("is greater than")),
    ("≥", _lazy("is at least")),
    ("<", _lazy("is less than")),
    ("≤", _lazy("is at most")),
    ("empty", _lazy("is empty")),
    ("not empty", _lazy("is not empty")),
)
WITHOUT_VALUE: Final = metadata.WITHOUT_VALUE
LISTS: Final = ("in", "not in")
WORDS: Final = dict(OPERATORS)


@dataclass(frozen=True)
class Line:
    """One condition: a metadata key, an operator, a value. ``error`` says what is wrong with it."""

    name: str = ""
    operator: str = "is"
    value: str = ""

    @property
    def operators(self) -> tuple[tuple[str, Any], ...]:
        """The operators with their labels."""
        return OPERATORS

    @property
    def error(self) -> str:
        if not self.name:
            return _("Enter the metadata key to compare with “%(value)s”.") % {"value": self.value}
        if self.operator not in WORDS:
            return _("Unknown operator “%(operator)s”. Choose one from the list.") % {"operator": self.operator}
        if not self.value and self.operator not in WITHOUT_VALUE:
            return _("Enter a value to compare “%(name)s” with.") % {"name": self.name}
        return ""

    @property
    def operator_words(self) -> str:
        return str(WORDS.get(self.operator, self.operator))

    @property
    def shown_value(self) -> str:
        """The value, if the operator needs one."""
        return "" if self.operator in WITHOUT_VALUE else self.value

    @property
    def words(self) -> str:
        """``department is HR``."""
        return " ".join(part for part in (self.name, self.operator_words, self.shown_value) if part)

    @property
    def condition(self) -> metadata.Condition:
        """In RAGFlow's format. Items of a list are lowercased, as RAGFlow lowercases stored values to compare them."""
        value = self.value.lower() if self.operator in LISTS else self.shown_value
        return metadata.Condition(self.name, self.operator, value)


@dataclass(frozen=True)
class Conditions:
    """All conditions, combined by ``logic``: "and" or "or"."""

    lines: tuple[Line, ...] = ()
    logic: str = "and"

    @classmethod
    def read(cls, query: QueryDict) -> Conditions:
        """From repeated ``meta_key``, ``meta_operator`` and ``meta_value``, and ``logic``.

        Blank lines are ignored. The parameters may also be encoded in a single one, ``conditions``, for forms whose
        fields have one value each. Old addresses use ``meta_name`` for the key.
        """
        if not query.get("meta_key") and (inner := query.get("conditions")):
            query = QueryDict(inner)
        keys = query.getlist("meta_key") or query.getlist("meta_name")
        operators, values = query.getlist("meta_operator"), query.getlist("meta_value")
        lines = [
            Line(key.strip()[:KEY_LENGTH], *_compared(operators[at : at + 1], values[at : at + 1]))
            for at, key in enumerate(keys[:MOST])
        ]
        logic = "or" if query.get("logic") == "or" else "and"
        return cls(tuple(line for line in lines if line.name or line.value), logic)

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def errors(self) -> list[str]:
        """The errors, each with how to correct it."""
        found = [line.error for line in self.lines if line.error]
        if self._too_long:
            found.append(_("The metadata conditions are too long. Use “contains” with a part of the value."))
        return found

    @property
    def usable(self) -> Conditions:
        """Only the valid conditions."""
        if self._too_long:
            return Conditions()
        return Conditions(tuple(line for line in self.lines if not line.error), self.logic)

    @property
    def _too_long(self) -> bool:
        return len(urlencode(list(self.parameters()))) > ENCODED_LENGTH

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines of a form: all conditions, and a blank one below the limit."""
        return (*self.lines, Line())[:MOST]

    def without(self, line: Line) -> Conditions:
        """The conditions without this one."""
        return Conditions(tuple(other for other in self.lines if other != line), self.logic)

    def parameters(self) -> Iterator[tuple[str, str]]:
        """The parameters that ``read`` reads, without defaults."""
        for line in self.lines:
            yield "meta_key", line.name
            if len(self.lines) > 1 or line.operator != "is":
                yield "meta_operator", line.operator
            if len(self.lines) > 1 or line.shown_value:
                yield "meta_value", line.shown_value
        if len(self.lines) > 1 and self.logic == "or":
            yield "logic", "or"

    @property
    def asked(self) -> metadata.Conditions | None:
        """In RAGFlow's format for the list of documents; None without conditions."""
        return metadata.Conditions(tuple(line.condition for line in self.lines), self.logic) if self.lines else None

    def as_parameter(self) -> dict[str, Any] | None:
        """In RAGFlow's format for a request body. Every condition has a value, since RAGFlow fails without one."""
        return self.asked.body if self.asked else None


def _compared(operators: list[str], values: list[str]) -> tuple[str, str]:
    """The operator and value of a line. A blank value in a link means “is empty”."""
    value = "".join(values).strip()[:VALUE_LENGTH]
    return (operators[0] if operators else "empty" if values and not value else "is"), value
