"""A change of metadata: what it would do to a document, and doing it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.metadata import Drop, Put
from dashboard.ragflow.types import Document

BATCH: Final = 100
PUT, REPLACE, DROP, DROP_VALUE = "put", "replace", "drop", "drop-value"


@dataclass(frozen=True)
class Change:
    """One operation on one key: PUT ``value``; REPLACE ``match`` by ``value``; DROP the key; DROP_VALUE ``match``."""

    operation: str
    key: str
    value: str | int | float = ""
    match: str = ""

    @property
    def updates(self) -> tuple[Put, ...]:
        if self.operation == PUT:
            return (Put(self.key, self.value),)
        return (Put(self.key, self.value, match=self.match),) if self.operation == REPLACE else ()

    @property
    def deletes(self) -> tuple[Drop, ...]:
        if self.operation == DROP:
            return (Drop(self.key),)
        return (Drop(self.key, self.match),) if self.operation == DROP_VALUE else ()

    def after(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """The metadata as they would be. RAGFlow's own rules: a list gets an item, and values are compared as text."""
        changed = dict(meta)
        stored = changed.get(self.key)
        if self.operation == PUT:
            if not isinstance(stored, list):
                changed[self.key] = self.value
            elif str(self.value) not in map(str, stored):
                changed[self.key] = [*stored, self.value]
        elif self.key not in changed:
            pass
        elif self.operation == DROP:
            del changed[self.key]
        elif isinstance(stored, list):
            hit = [str(item) == self.match for item in stored]
            if self.operation == REPLACE:
                changed[self.key] = [self.value if h else item for h, item in zip(hit, stored, strict=True)]
            else:
                changed[self.key] = [item for h, item in zip(hit, stored, strict=True) if not h]
                if not changed[self.key]:
                    del changed[self.key]
        elif str(stored) == self.match:
            if self.operation == REPLACE:
                changed[self.key] = self.value
            else:
                del changed[self.key]
        return changed


@dataclass(frozen=True)
class Step:
    """One document that would be different. ``before`` and ``after`` are the key's value, None where it is absent."""

    document: Document
    before: Any
    after: Any


@dataclass(frozen=True)
class Plan:
    """What a change would do: ``matched`` documents are meant, the ones of ``steps`` would be different."""

    change: Change
    matched: int
    steps: tuple[Step, ...]

    @property
    def fingerprint(self) -> str:
        """Stands for these very documents and values: another one means that something moved since it was shown."""
        told = [[step.document.id, step.before, step.after] for step in self.steps]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def plan(change: Change, documents: Sequence[Document]) -> Plan:
    """The dry run."""
    steps = []
    for document in documents:
        after = change.after(document.meta_fields)
        # As JSON: 1, 1.0 and True are equal for Python but not in a document.
        if json.dumps(after, sort_keys=True) != json.dumps(dict(document.meta_fields), sort_keys=True):
            steps.append(Step(document, document.meta_fields.get(change.key), after.get(change.key)))
    return Plan(change, len(documents), tuple(steps))


@dataclass(frozen=True)
class Failure:
    """A document that is not as it should be, and why."""

    document: Document
    reason: str


@dataclass(frozen=True)
class Result:
    changed: int
    failures: tuple[Failure, ...]


def carry_out(ragflow: RAGFlow, planned: Plan) -> Result:
    """Do it, a hundred named documents at a time. One failed batch does not keep the others from being tried.

    After a batch that failed, or that RAGFlow did less of than it should have, its documents are looked up again, so
    the result says what is really so. When the server cannot be reached nothing more is sent.
    """
    failures: list[Failure] = []
    steps = planned.steps
    for start in range(0, len(steps), BATCH):
        batch = steps[start : start + BATCH]
        reason, offline = "", False
        try:
            done = ragflow.metadata.update(
                [step.document for step in batch], planned.change.updates, planned.change.deletes
            )
        except errors.RAGFlowError as error:
            reason, offline = error.message, isinstance(error, errors.Unreachable)
        else:
            if done.updated >= len(batch):
                continue
        failures += _not_done(ragflow, batch, planned.change.key, reason)
        if offline:
            failures += [Failure(step.document, reason) for step in steps[start + BATCH :]]
            break
    return Result(len(steps) - len(failures), tuple(failures))


def _not_done(ragflow: RAGFlow, batch: Sequence[Step], key: str, reason: str) -> list[Failure]:
    failures = []
    for number, step in enumerate(batch):
        try:
            now = ragflow.documents.get(step.document.dataset_id, step.document.id)
        except errors.NotFound:
            failures.append(Failure(step.document, reason or "It was deleted meanwhile."))
        except errors.RAGFlowError as error:
            return failures + [Failure(left.document, reason or error.message) for left in batch[number:]]
        else:
            if now.meta_fields.get(key) != step.after:
                failures.append(Failure(step.document, reason or "RAGFlow did not store the change."))
    return failures


def words_of(value: Any) -> str | None:
    """A value as people read it; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
