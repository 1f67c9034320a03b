"""Edits: what the touched keys of one document have before and after, and carrying that out."""

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
    """A document whose metadata would be different.

    ``before`` and ``after`` hold the touched keys only; one that is missing there is not in the document then.
    """

    document: Document
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def keys(self) -> list[str]:
        return sorted(self.before.keys() | self.after.keys())

    @property
    def words(self) -> list[tuple[str, str | None, str | None]]:
        """(key, before, after) as people read them; None where the document has not got the key."""
        return [(key, words_of(self.before.get(key)), words_of(self.after.get(key))) for key in self.keys]

    @property
    def payload(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {"before": dict(self.before), "after": dict(self.after)}


class Moved(Exception):
    """Somebody else changed a touched key meanwhile. ``str()`` says which, and what it has now."""


def between(document: Document, wanted: Mapping[str, Any], touched: Iterable[str] | None = None) -> Edit | None:
    """What makes the metadata of a document the ``wanted`` ones; None when they are.

    Where it is known which keys can differ, only those that are ``touched`` are compared.
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
    """Stands for these very documents and values: another one means that something moved since it was shown."""
    told = [[edit.document.id, dict(edit.before), dict(edit.after)] for edit in edits]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def is_done(document: Document, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the touched keys have what they are to have."""
    return all(_has(document.meta_fields, after, key) for key in before.keys() | after.keys())


def carry_out(ragflow: RAGFlow, document: Document, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Give the touched keys of a document, as it is now, what they are to have; the others stay.

    A key that has it already is passed over, so what was done in part may be done again. Values are set before keys
    are deleted: whatever breaks in between, nothing is lost. Raises Moved, before anything is sent, when a key has
    neither what it had nor what it is to have, and the client's errors.
    """
    now = document.meta_fields
    keys = before.keys() | after.keys()
    if moved := [key for key in keys if not _has(now, before, key) and not _has(now, after, key)]:
        key = min(moved)
        words = {"key": visible(key), "value": visible(words_of(now.get(key)) or _("nothing"))}
        raise Moved(_("Changed meanwhile: %(key)s is “%(value)s” now.") % words)
    put = {key: after[key] for key in after if not _has(now, after, key)}
    gone = [key for key in before if key not in after and key in now]
    if put:
        # All of the metadata: some servers merge what is sent, others replace by it (contract §9.3).
        ragflow.documents.update(document, meta_fields={**now, **put})
    if gone:
        done = ragflow.metadata.update([document], deletes=[Drop(key) for key in gone])
        if not done.updated and set(gone) & ragflow.documents.get(document.dataset_id, document.id).meta_fields.keys():
            raise errors.Rejected(_("RAGFlow did not delete the key."), method="POST", path="")


def _has(now: Mapping[str, Any], wanted: Mapping[str, Any], key: str) -> bool:
    if key not in wanted:
        return key not in now
    return key in now and same(now[key], wanted[key])
