"""Metadata of documents: the keys in use, and bulk changes (contract §11)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from dashboard.ragflow.dialects import metadata
from dashboard.ragflow.errors import RAGFlowError, UnsafeCall
from dashboard.ragflow.http.json_repair import words
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.paging import in_hundreds
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.writes import Writes, removed
from dashboard.ragflow.types import Document

OPERATORS: Final = (
    "is",
    "not is",
    "contains",
    "not contains",
    "in",
    "not in",
    "start with",
    "end with",
    "empty",
    "not empty",
    ">",
    "<",
    "≥",
    "≤",
)
# RAGFlow requires a value for these too, but ignores it (contract §11).
WITHOUT_VALUE: Final = ("empty", "not empty")

Value: TypeAlias = str | int | float | bool | Sequence[str | int | float | bool]


@dataclass(frozen=True, slots=True)
class MetadataKey:
    """A key in use. ``type`` is string, number, list or time; ``values`` are (value, count), sorted by count."""

    name: str
    type: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a key; ``operator`` is one of OPERATORS. A document without the key never matches."""

    name: str
    operator: str
    value: str = ""

    @property
    def json(self) -> str:
        """The value of the document list's parameter (contract §9.2)."""
        return Conditions((self,)).json

    @property
    def body(self) -> dict[str, str]:
        """The value in a request body."""
        return {"name": self.name, "comparison_operator": self.operator, "value": self.value}


@dataclass(frozen=True, slots=True)
class Conditions:
    """One or more conditions, joined by ``logic``: "and" or "or".

    RAGFlow's "and" drops earlier conditions as soon as no document matches them (contract §11). Its result is correct
    only if each of the ``beginnings`` matches some document; if one does not, no document matches them all.
    """

    lines: tuple[Condition, ...]
    logic: str = "and"

    @property
    def json(self) -> str:
        """The value of the document list's parameter (contract §9.2)."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def body(self) -> dict[str, Any]:
        """The value in a request body."""
        return {"logic": self.logic, "conditions": [line.body for line in self.lines]}

    @property
    def beginnings(self) -> tuple[Conditions, ...]:
        """The first line, the first two, and so on, except for all of them; empty for "or"."""
        if self.logic == "or":
            return ()
        return tuple(Conditions(self.lines[:length], self.logic) for length in range(1, len(self.lines)))

    def may_be_met_by(self, document: Document) -> bool:
        """False for a document that lacks the keys, because a missing key never matches."""
        there = (line.name in document.meta_fields for line in self.lines)
        return any(there) if self.logic == "or" else all(there)


@dataclass(frozen=True, slots=True)
class Put:
    """Set ``key``. With ``match``, only replace this value or list item; without it, a list gets another item."""

    key: str
    value: Value
    match: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete ``key``; with ``value``, only if it has this value, or only this list item."""

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class MetadataOutcome:
    """The result of a change as reported by RAGFlow: the number of documents matched, and of those updated."""

    matched: int
    updated: int


class _Key(msgspec.Struct):
    type: str | None
    values: tuple[tuple[Any, int | None] | None, ...] | None


class _Summary(msgspec.Struct):
    summary: dict[str, _Key | None]


class _Names(msgspec.Struct):
    """The same, decoding only the names of the keys, because there may be a value for every document."""

    summary: dict[str, msgspec.Raw]


class _Outcome(msgspec.Struct):
    matched_docs: int | None
    updated: int | None


_summary = msgspec.json.Decoder(_Summary)
_names = msgspec.json.Decoder(_Names)
_outcome = msgspec.json.Decoder(_Outcome)


class Metadata:
    """The metadata of a dataset's documents."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        self._transport = transport
        self._detection = detection
        self._writes = writes

    def summary(self, dataset_id: str) -> tuple[MetadataKey, ...]:
        """All keys in use, sorted by name; RAGFlow reads at most 10,000 documents."""
        found = self._transport.rows(_summary_path(dataset_id), None, _summary).summary
        return tuple(
            MetadataKey(name, (key and key.type) or "", _as_texts((key and key.values) or ()))
            for name, key in sorted(found.items())
        )

    def names(self, dataset_id: str) -> tuple[str, ...]:
        """The names of the keys in use, sorted; RAGFlow reads at most 10,000 documents."""
        return tuple(sorted(self._transport.rows(_summary_path(dataset_id), None, _names).summary))

    def update(
        self, documents: Sequence[Document], updates: Sequence[Put] = (), deletes: Sequence[Drop] = ()
    ) -> MetadataOutcome:
        """Change the metadata of these documents of one dataset: first ``updates``, then ``deletes``.

        One call per hundred documents. Their ids are always sent, because RAGFlow fails or does nothing without them
        (contract §11). Raises UnsafeCall without documents or changes.
        """
        chosen = guards.some(documents, Document)
        if len({document.dataset_id for document in chosen}) != 1:
            raise UnsafeCall("documents of different datasets can't be changed in one call")
        if not updates and not deletes:
            raise UnsafeCall("no change of the metadata was given")
        keys = sorted({put.key for put in updates} | {drop.key for drop in deletes})
        if "" in keys:
            raise UnsafeCall("a metadata key must not be empty")
        if any(put.match == "" for put in updates) or any(drop.value == "" for drop in deletes):
            # RAGFlow treats an empty match as none, and would change every document.
            raise UnsafeCall("a value to match must not be empty")
        dataset_id = guards.safe_id(chosen[0].dataset_id, "dataset")
        for document in chosen:
            guards.safe_id(document.id, "document")
        changes = {"updates": [_put(put) for put in updates], "deletes": [_drop(drop) for drop in deletes]}
        told: dict[str, Any] = {"keys": keys}
        if len(chosen) == 1 and not updates:
            stored = chosen[0].meta_fields
            gone = [drop.key for drop in deletes if drop.value is None and drop.key in stored]
            told |= removed({"meta_fields": {key: stored[key] for key in gone}})
        outcomes: list[_Outcome] = []
        for portion in in_hundreds(chosen):
            try:
                outcomes.append(self._change(dataset_id, portion, changes, told))
            except RAGFlowError as error:
                error.maybe_done = error.maybe_done or bool(outcomes)
                raise
        return MetadataOutcome(
            matched=sum(done.matched_docs or 0 for done in outcomes),
            updated=sum(done.updated or 0 for done in outcomes),
        )

    def _change(
        self, dataset_id: str, documents: Sequence[Document], changes: Mapping[str, Any], told: Mapping[str, Any]
    ) -> _Outcome:
        dialect = metadata.of(self._detection.release())
        body = {"selector": {"document_ids": [document.id for document in documents]}, **changes}
        targets = [(document.id, document.name) for document in documents]
        with self._writes.recording("document.metadata", "document", *targets, dataset_id=dataset_id, **told):
            path = f"/api/v1/datasets/{dataset_id}/{dialect.path}"
            return self._transport.write(dialect.method, path, body).decode(_outcome)


def _summary_path(dataset_id: str) -> str:
    return f"/api/v1/datasets/{guards.lookup_id(dataset_id, 'dataset')}/metadata/summary"


def _as_texts(values: tuple[tuple[Any, int | None] | None, ...]) -> tuple[tuple[str, int], ...]:
    # Usually they are counted strings, tens of thousands of them.
    if all(value and type(value[0]) is str and value[1] for value in values):
        return values  # type: ignore[return-value]
    return tuple((text, value[1] or 0) for value in values if value for text in words(value[:1]))


def _put(put: Put) -> Mapping[str, Any]:
    body: dict[str, Any] = {"key": put.key, "value": put.value}
    return body if put.match is None else body | {"match": put.match}


def _drop(drop: Drop) -> Mapping[str, Any]:
    return {"key": drop.key} if drop.value is None else {"key": drop.key, "value": drop.value}
