"""Edits: the changed keys of one document with their values before and after, and applying them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dashboard.core.formatting import visible
from dashboard.metadata.values import same, words_of
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.resources.metadata import Drop
from dashboard.ragflow.types import Document


@dataclass(frozen=True)
class Edit:
    """A change to the metadata of one document.

    ``before`` and ``after`` hold the changed keys only; a missing key is not in the document at that point.
    """

    document: Document
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def keys(self) -> list[str]:
        return sorted(self.before.keys() | self.after.keys())

    @property
    def words(self) -> list[tuple[str, str | None, str | None]]:
        """(key, before, after) for display; None if the document does not have the key."""
        return [(key, words_of(self.before.get(key)), words_of(self.after.get(key))) for key in self.keys]

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of a job item."""
        return {"before": dict(self.before), "after": dict(self.after)}


class Moved(Exception):
    """Someone else has changed one of the keys since. ``str()`` names it and its current value."""


def between(document: Document, wanted: Mapping[str, Any], touched: Iterable[str] | None = None) -> Edit | None:
    """The edit that turns a document's metadata into the ``wanted`` ones; None if they are equal.

    Compares only the keys in ``touched``, if given.
    """
    stored = document.meta_fields
    keys = [
        key
        for key in (stored.keys() | wanted.keys() if touched is None else touched)
        if (key in stored) != (key in wanted) or (key in stored and not same(stored[key], wanted[key]))
    ]
    if not keys:
        return None
    before = {key: stored[key] for key in keys if key in stored}
    after = {key: wanted[key] for key in keys if key in wanted}
    return Edit(document, before, after)


def fingerprint(edits: Iterable[Edit]) -> str:
    """A hash of the documents and values of the edits. A different one means that something has changed since."""
    told = [[edit.document.id, dict(edit.before), dict(edit.after)] for edit in edits]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def is_done(document: Document, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the keys already have their new values."""
    return all(_has(document.meta_fields, after, key) for key in before.keys() | after.keys())


def carry_out(ragflow: RAGFlow, document: Document, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Apply the edit to the current document; other keys are not touched.

    Keys that already have their new value are skipped, so a partly applied edit can be repeated. Values are set before
    keys are deleted, so that an interruption loses nothing. Raises Moved before anything is sent if a key has neither
    its old nor its new value, and the client's errors.
    """
    now = document.meta_fields
    keys = before.keys() | after.keys()
    if moved := [key for key in keys if not _has(now, before, key) and not _has(now, after, key)]:
        key = min(moved)
        words = {"key": visible(key), "value": visible(words_of(now.get(key)) or _("empty"))}
        raise Moved(_("Someone else has changed %(key)s since: it is now “%(value)s”.") % words)
    put = {key: after[key] for key in after if not _has(now, after, key)}
    gone = [key for key in before if key not in after and key in now]
    if put:
        # Send all metadata: some servers merge, others replace (contract §9.3).
        ragflow.documents.update(document, meta_fields={**now, **put}, just_read=True)
    if gone:
        done = ragflow.metadata.update([document], deletes=[Drop(key) for key in gone])
        if not done.updated and set(gone) & ragflow.documents.get(document.dataset_id, document.id).meta_fields.keys():
            raise errors.Rejected(_("RAGFlow did not delete the key."), method="POST", path="")


def _has(now: Mapping[str, Any], wanted: Mapping[str, Any], key: str) -> bool:
    if key not in wanted:
        return key not in now
    return key in now and same(now[key], wanted[key])
