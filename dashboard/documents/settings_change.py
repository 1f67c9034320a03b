"""Changing chunk method and parser settings of documents: what changes, what is lost, and applying it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.datasets.settings.parser_form import ParserForm
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document


@dataclass(frozen=True)
class SettingsChange:
    """The submitted change. ``changed`` are the edited settings, ``whole`` all settings of the method."""

    method: str
    changed: dict[str, Any]
    whole: dict[str, Any] | None

    def arrived(self, document: Document) -> bool:
        """Whether the document already has these settings."""
        config = self.changed if document.chunk_method == self.method else self.whole or {}
        same = all(document.parser_config.get(key) == value for key, value in config.items())
        return document.chunk_method == self.method and same

    def losing(self, documents: Sequence[Document]) -> list[Document]:
        """The documents that lose their chunks: a change of method deletes them immediately (contract §9.3)."""
        return [document for document in documents if document.chunk_method != self.method and document.chunk_count]

    def concerns(self, document: Document) -> bool:
        """Whether the document needs a change."""
        return document.chunk_method != self.method or bool(self.changed)

    def send(self, ragflow: RAGFlow, document: Document) -> Document:
        """Send only what differs. The document must have just been read."""
        if document.chunk_method != self.method:
            return ragflow.documents.update(
                document, chunk_method=self.method, parser_config=self.whole, just_read=True
            )
        return ragflow.documents.update(document, parser_config=self.changed, just_read=True)


def change(form: ParserForm, before: Document) -> SettingsChange:
    """The change in a valid form that was filled from ``before``."""
    touched = {name for name in form.fields if form[name].field.has_changed(form[name].initial, _given(form, name))}
    return SettingsChange(form.method, form.changed_config(touched), form.parser_config())


def _given(form: ParserForm, name: str) -> Any:
    return form[name].data


def seen(documents: Sequence[Document]) -> str:
    """A fingerprint of the settings that a form was filled from."""
    state = [[document.id, document.chunk_method, document.parser_config] for document in documents]
    return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()[:16]
