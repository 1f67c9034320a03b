"""Chunk method and parser settings of documents: what would change for each, what is lost, and sending it."""

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
    """What the form asks for. ``changed`` are the settings that somebody touched, ``whole`` all of the method's."""

    method: str
    changed: dict[str, Any]
    whole: dict[str, Any] | None

    def arrived(self, document: Document) -> bool:
        """Whether the document has these settings already."""
        config = self.changed if document.chunk_method == self.method else self.whole or {}
        same = all(document.parser_config.get(key) == value for key, value in config.items())
        return document.chunk_method == self.method and same

    def losing(self, documents: Sequence[Document]) -> list[Document]:
        """Those whose chunks go: a change of method deletes them at once (contract §9.3)."""
        return [document for document in documents if document.chunk_method != self.method and document.chunk_count]

    def concerns(self, document: Document) -> bool:
        """Whether anything would be sent for it."""
        return document.chunk_method != self.method or bool(self.changed)

    def send(self, ragflow: RAGFlow, document: Document) -> Document:
        """Send what differs, and nothing else. The document was just read."""
        if document.chunk_method != self.method:
            return ragflow.documents.update(
                document, chunk_method=self.method, parser_config=self.whole, just_read=True
            )
        return ragflow.documents.update(document, parser_config=self.changed, just_read=True)


def change(form: ParserForm, before: Document) -> SettingsChange:
    """From a valid form that began with the settings of ``before``."""
    touched = {name for name in form.fields if form[name].field.has_changed(form[name].initial, _given(form, name))}
    return SettingsChange(form.method, form.changed_config(touched), form.parser_config())


def _given(form: ParserForm, name: str) -> Any:
    return form[name].data


def seen(documents: Sequence[Document]) -> str:
    """A fingerprint of the settings that a form was filled from."""
    state = [[document.id, document.chunk_method, document.parser_config] for document in documents]
    return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()[:16]
