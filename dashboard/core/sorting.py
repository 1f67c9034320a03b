"""The sort order of a table in its address: ``?sort=name`` is ascending, ``?sort=-name`` descending."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True)
class Sort:
    """A column's ``key`` and direction."""

    key: str
    desc: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.desc else self.key

    @classmethod
    def read(cls, query: QueryDict, allowed: Collection[str], default: Sort) -> Sort:
        """The requested order, or ``default`` if it is not ``allowed``."""
        text = query.get("sort", "")
        key = text.removeprefix("-")
        return cls(key, text.startswith("-")) if key in allowed else default

    def next(self, key: str, desc_first: bool = False) -> Sort:
        """The order after a click on the header of column ``key``: reversed, or that column in its first direction."""
        return Sort(key, not self.desc) if key == self.key else Sort(key, desc_first)
