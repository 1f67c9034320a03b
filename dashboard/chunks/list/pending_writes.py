"""What was written in the last seconds, until RAGFlow's search index shows it: the index lags about one second.

A chunk listed as it was before the write is shown as it was written; listed in any other way, the list is right.
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
    """All that people change about a chunk."""
    return (chunk.content, chunk.important_keywords, chunk.questions, chunk.available)


@dataclass(frozen=True)
class PendingWrites:
    """By chunk id, how it was before the write and how it is since; None when it was deleted."""

    writes: Mapping[str, tuple[State, Chunk | None]] = field(default_factory=dict)

    def apply(self, listed: Chunk) -> Chunk | None:
        """The chunk to show for a listed one; None when it is deleted and the list does not know yet."""
        write = self.writes.get(listed.id)
        if write is None or _unmarked(state_of(listed)) != _unmarked(write[0]):
            return listed
        return write[1]


def load(server: Server, document_id: str) -> PendingWrites:
    """What was written to the document lately."""
    return PendingWrites(cache.get(_key(server, document_id)) or {})


def remember(server: Server, before: Chunk, after: Chunk | None) -> None:
    """Note a change (or, with None, a delete) of a chunk."""
    writes = {**load(server, before.document_id).writes, before.id: (state_of(before), after)}
    cache.set(_key(server, before.document_id), writes, SECONDS)


def _unmarked(state: State) -> State:
    # A search marks the words it found; whether a text differs, marks do not tell.
    return (state[0].replace("<em>", "").replace("</em>", ""), *state[1:])


def _key(server: Server, document_id: str) -> str:
    return f"chunks-written:{server.pk}:{document_id}"
