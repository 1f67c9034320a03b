"""Changes to one key in many documents, and their effect on each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.core.long_text import plain_breaks
from dashboard.metadata import edits
from dashboard.metadata.edits import Edit
from dashboard.metadata.values import same
from dashboard.ragflow.types import Document

PUT, REPLACE, DROP, DROP_VALUE, RENAME = "put", "replace", "drop", "drop-value", "rename"


@dataclass(frozen=True)
class Change:
    """One operation on one key.

    PUT ``value``; REPLACE ``match`` by ``value``; DROP the key; DROP_VALUE ``match``; RENAME the key to ``value``.
    """

    operation: str
    key: str
    value: Any = ""
    match: str = ""

    @property
    def touched(self) -> tuple[str, ...]:
        """The keys that it can change."""
        return (self.key, self.value) if self.operation == RENAME else (self.key,)

    def after(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """The metadata after the change. As in RAGFlow, a list gains an item, and values are compared as text."""
        changed = dict(meta)
        stored = changed.get(self.key)
        if self.operation == PUT:
            is_item = isinstance(stored, list) and not isinstance(self.value, list)
            changed[self.key] = _each_once([*stored, self.value]) if is_item else self.value  # type: ignore[misc]
        elif self.key not in changed:
            pass
        elif self.operation == DROP:
            del changed[self.key]
        elif self.operation == RENAME:
            if not self.is_in_the_way(meta):
                del changed[self.key]
                changed[self.value] = stored
        elif isinstance(stored, list):
            items = [self.value if self._means(item) else item for item in stored]
            if self.operation == DROP_VALUE:
                items = [item for item in stored if not self._means(item)]
            if not any(map(self._means, stored)):
                pass
            elif items:
                changed[self.key] = _each_once(items)
            else:
                del changed[self.key]
        elif self._means(stored):
            if self.operation == REPLACE:
                changed[self.key] = self.value
            else:
                del changed[self.key]
        return changed

    def _means(self, value: Any) -> bool:
        # Forms submit line ends as CR LF.
        return plain_breaks(str(value)) == plain_breaks(self.match)

    def is_in_the_way(self, meta: Mapping[str, Any]) -> bool:
        """Whether the document already has the key's new name with another value."""
        taken = self.operation == RENAME and self.key in meta and self.value in meta
        return taken and not same(meta[self.key], meta[self.value])


@dataclass(frozen=True)
class Plan:
    """The effect of a change: of ``matched`` documents, ``edits`` change some.

    ``taken`` are the names of documents that stay unchanged because they already have the key's new name.
    """

    change: Change
    matched: int
    edits: tuple[Edit, ...]
    taken: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return edits.fingerprint(self.edits)


def plan(change: Change, documents: Sequence[Document]) -> Plan:
    """The dry run."""
    touched = change.touched
    found = (edits.between(document, change.after(document.meta_fields), touched) for document in documents)
    taken = tuple(document.name for document in documents if change.is_in_the_way(document.meta_fields))
    return Plan(change, len(documents), tuple(edit for edit in found if edit), taken)


def _each_once(items: Sequence[Any]) -> list[Any]:
    return list({str(item): item for item in items}.values())
