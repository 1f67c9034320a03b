"""Writes of the last seconds, applied to lists because RAGFlow's search index lags about one second.

A chunk listed in its state before the write is shown in its new state; in any other state, the list is up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.core.cache import cache

from dashboard.models import Server
from dashboard.ragflow.types import Chunk

SECONDS: Final = 10
State = tuple[str, tuple[str, ...], tuple[str, ...], bool]


def state_of(chunk: Chunk) -> State:
    """Everything about a chunk that users can edit."""
    return (chunk.content, chunk.important_keywords, chunk.questions, chunk.available)


@dataclass(frozen=True)
class PendingWrites:
    """The state before a write and the chunk after it (None if deleted), by chunk id."""

    writes: Mapping[str, tuple[State, Chunk | None]] = field(default_factory=dict)

    def apply(self, listed: Chunk) -> Chunk | None:
        """The chunk to show for a listed one; None if it was deleted and the index does not know yet."""
        write = self.writes.get(listed.id)
        if write is None or _unmarked(state_of(listed)) != _unmarked(write[0]):
            return listed
        return write[1]


def load(server: Server, document_id: str) -> PendingWrites:
    """The recent writes to the document's chunks."""
    return PendingWrites(cache.get(_key(server, document_id)) or {})


def remember(server: Server, before: Chunk, after: Chunk | None) -> None:
    """Record a change of a chunk (``after`` None: a delete)."""
    writes = {**load(server, before.document_id).writes, before.id: (state_of(before), after)}
    cache.set(_key(server, before.document_id), writes, SECONDS)


def _unmarked(state: State) -> State:
    # The marks of a search are not part of the text.
    return (state[0].replace("<em>", "").replace("</em>", ""), *state[1:])


def _key(server: Server, document_id: str) -> str:
    return f"chunks-written:{server.pk}:{document_id}"
