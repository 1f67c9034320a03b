"""Metadata of documents: what there is, and changes of many at once (contract §11)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from dashboard.ragflow.errors import UnsafeCall
from dashboard.ragflow.http.json_repair import words
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.writes import Writes
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
# RAGFlow wants a value for these too (contract §11), and does not look at it.
WITHOUT_VALUE: Final = ("empty", "not empty")

Value: TypeAlias = str | int | float | bool | Sequence[str | int | float | bool]


@dataclass(frozen=True, slots=True)
class MetadataKey:
    """A key in use. ``type`` is string, number, list or time; ``values`` are pairs of value and count, by count."""

    name: str
    type: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a key: ``operator`` is one of OPERATORS. A document without the key never meets it."""

    name: str
    operator: str
    value: str = ""

    @property
    def json(self) -> str:
        """As the list of documents takes it (contract §9.2)."""
        return Conditions((self,)).json

    @property
    def body(self) -> dict[str, str]:
        """As part of a request."""
        return {"name": self.name, "comparison_operator": self.operator, "value": self.value}


@dataclass(frozen=True, slots=True)
class Conditions:
    """At least one condition, joined by ``logic``: "and" or "or".

    RAGFlow's "and" forgets what came before as soon as nothing meets it any more (contract §11). Its answer is right
    only when each of the ``beginnings`` is met by some document; where one is not, none meets the whole.
    """

    lines: tuple[Condition, ...]
    logic: str = "and"

    @property
    def json(self) -> str:
        """As the list of documents takes it (contract §9.2)."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def body(self) -> dict[str, Any]:
        """As part of a request."""
        return {"logic": self.logic, "conditions": [line.body for line in self.lines]}

    @property
    def beginnings(self) -> tuple[Conditions, ...]:
        """The first line, the first two, and so on, without the whole; none for "or"."""
        if self.logic == "or":
            return ()
        return tuple(Conditions(self.lines[:length], self.logic) for length in range(1, len(self.lines)))

    def may_be_met_by(self, document: Document) -> bool:
        """False for a document that lacks the keys: nothing is true of a key that is not there."""
        there = (line.name in document.meta_fields for line in self.lines)
        return any(there) if self.logic == "or" else all(there)


@dataclass(frozen=True, slots=True)
class Put:
    """Set ``key``. With ``match``: only where the value, or an item of the list, is that. Else a list gets an item."""

    key: str
    value: Value
    match: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Delete ``key``; with ``value`` only where it has this value, or this one item of the list."""

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class MetadataOutcome:
    """What RAGFlow says of a change: how many documents it looked at, how many are different now."""

    matched: int
    updated: int


class _Key(msgspec.Struct):
    type: str | None
    values: tuple[tuple[Any, int | None] | None, ...] | None


class _Summary(msgspec.Struct):
    summary: dict[str, _Key | None]


class _Names(msgspec.Struct):
    """The same where no more than the names of the keys is wanted: there may be a value for every document."""

    summary: dict[str, msgspec.Raw]


class _Outcome(msgspec.Struct):
    matched_docs: int | None
    updated: int | None


_summary = msgspec.json.Decoder(_Summary)
_names = msgspec.json.Decoder(_Names)
_outcome = msgspec.json.Decoder(_Outcome)


class Metadata:
    """The metadata of a dataset's documents."""

    def __init__(self, transport: Transport, writes: Writes) -> None:
        self._transport = transport
        self._writes = writes

    def summary(self, dataset_id: str) -> tuple[MetadataKey, ...]:
        """Every key in use, by name; RAGFlow looks at 10,000 documents at most."""
        found = self._transport.rows(_summary_path(dataset_id), None, _summary).summary
        return tuple(
            MetadataKey(name, (key and key.type) or "", _as_texts((key and key.values) or ()))
            for name, key in sorted(found.items())
        )

    def names(self, dataset_id: str) -> tuple[str, ...]:
        """The names of the keys in use, in order; RAGFlow looks at 10,000 documents at most."""
        return tuple(sorted(self._transport.rows(_summary_path(dataset_id), None, _names).summary))

    def update(
        self, documents: Sequence[Document], updates: Sequence[Put] = (), deletes: Sequence[Drop] = ()
    ) -> MetadataOutcome:
        """Change the metadata of these documents of one dataset: first ``updates``, then ``deletes``.

        They are always named: RAGFlow breaks, or changes nothing, without their ids (contract §11). UnsafeCall when
        there are none, or nothing to change.
        """
        chosen = guards.some(documents, Document)
        if len({document.dataset_id for document in chosen}) != 1:
            raise UnsafeCall("documents of different datasets cannot be changed in one call")
        if not updates and not deletes:
            raise UnsafeCall("no change of the metadata was given")
        keys = sorted({put.key for put in updates} | {drop.key for drop in deletes})
        if "" in keys:
            raise UnsafeCall("a metadata key must not be empty")
        if any(put.match == "" for put in updates) or any(drop.value == "" for drop in deletes):
            # RAGFlow takes an empty match for none at all, and would change every document.
            raise UnsafeCall("a value to look for must not be empty")
        dataset_id = guards.safe_id(chosen[0].dataset_id, "dataset")
        body: dict[str, Any] = {
            "selector": {"document_ids": [guards.safe_id(document.id, "document") for document in chosen]},
            "updates": [_put(put) for put in updates],
            "deletes": [_drop(drop) for drop in deletes],
        }
        targets = [(document.id, document.name) for document in chosen]
        with self._writes.recording("document.metadata", "document", *targets, dataset_id=dataset_id, keys=keys):
            path = f"/api/v1/datasets/{dataset_id}/metadata/update"
            done = self._transport.write("POST", path, body).decode(_outcome)
        return MetadataOutcome(matched=done.matched_docs or 0, updated=done.updated or 0)


def _summary_path(dataset_id: str) -> str:
    return f"/api/v1/datasets/{guards.lookup_id(dataset_id, 'dataset')}/metadata/summary"


def _as_texts(values: tuple[tuple[Any, int | None] | None, ...]) -> tuple[tuple[str, int], ...]:
    # Nearly always they are texts and counted, tens of thousands of them.
    if all(value and type(value[0]) is str and value[1] for value in values):
        return values  # type: ignore[return-value]
    return tuple((text, value[1] or 0) for value in values if value for text in words(value[:1]))


def _put(put: Put) -> Mapping[str, Any]:
    body: dict[str, Any] = {"key": put.key, "value": put.value}
    return body if put.match is None else body | {"match": put.match}


def _drop(drop: Drop) -> Mapping[str, Any]:
    return {"key": drop.key} if drop.value is None else {"key": drop.key, "value": drop.value}
