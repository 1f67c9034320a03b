"""Metadata conditions, as the form repeats them and as RAGFlow wants them (contract §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

MOST: Final = 10
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
WITHOUT_VALUE: Final = {"empty", "not empty"}
WORDS: Final = dict(OPERATORS)


@dataclass(frozen=True)
class Condition:
    """One line: a metadata key, an operator, a value. ``error`` says what is wrong with it."""

    name: str = ""
    operator: str = "is"
    value: str = ""

    @property
    def error(self) -> str:
        if not self.name:
            return _("Metadata: say which key has to be “%(value)s”.") % {"value": self.value}
        if self.operator not in WORDS:
            return _("Metadata: “%(operator)s” is none of the comparisons.") % {"operator": self.operator}
        if not self.value and self.operator not in WITHOUT_VALUE:
            return _("Metadata: say what “%(name)s” is compared with.") % {"name": self.name}
        return ""

    @property
    def words(self) -> str:
        """``department is HR``."""
        return " ".join(part for part in (self.name, str(WORDS.get(self.operator, self.operator)), self.value) if part)


@dataclass(frozen=True)
class Conditions:
    """All lines, joined by ``logic``: "and" or "or"."""

    lines: tuple[Condition, ...] = ()
    logic: str = "and"

    @classmethod
    def read(cls, query: QueryDict) -> Conditions:
        """From repeated ``meta_name``, ``meta_operator`` and ``meta_value``; lines left blank do not count."""
        names, operators, values = (query.getlist(f"meta_{part}") for part in ("name", "operator", "value"))
        lines = [
            Condition(
                name.strip()[:200], (operators[at : at + 1] or ["is"])[0], "".join(values[at : at + 1]).strip()[:500]
            )
            for at, name in enumerate(names[:MOST])
        ]
        return cls(
            tuple(line for line in lines if line.name or line.value), "or" if query.get("logic") == "or" else "and"
        )

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def errors(self) -> list[str]:
        return [line.error for line in self.lines if line.error]

    @property
    def shown(self) -> tuple[Condition, ...]:
        """The lines of the form: one more than there are, while there is room."""
        return (*self.lines, Condition())[:MOST]

    def as_parameter(self) -> dict[str, Any] | None:
        """What goes into the request; every line has a value, for RAGFlow stumbles where it is missing."""
        if not self.lines:
            return None
        return {
            "logic": self.logic,
            "conditions": [
                {"name": line.name, "comparison_operator": line.operator, "value": line.value} for line in self.lines
            ],
        }
