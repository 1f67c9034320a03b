"""The order of a table, as its address says it: ``?sort=name`` upwards, ``?sort=-name`` downwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True)
class Sort:
    """A column's ``key`` and whether the largest comes first."""

    key: str
    desc: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.desc else self.key

    @classmethod
    def read(cls, query: QueryDict, allowed: Collection[str], default: Sort) -> Sort:
        """The order asked for; anything not ``allowed`` is the ``default``."""
        text = query.get("sort", "")
        key = text.removeprefix("-")
        return cls(key, text.startswith("-")) if key in allowed else default

    def next(self, key: str, desc_first: bool = False) -> Sort:
        """What a click on the head of column ``key`` leads to: the other way round, or that column afresh."""
        return Sort(key, not self.desc) if key == self.key else Sort(key, desc_first)
