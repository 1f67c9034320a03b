"""Splits a chunk, joins two chunks, and undoes the latest of these.

Text is added before it is removed, so that a failure in between may duplicate text but never loses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.core.cache import cache

from dashboard.chunks.edit import editing
from dashboard.core.web.http import DashboardRequest
from dashboard.ragflow import errors
from dashboard.ragflow.types import Chunk, Document

SECONDS: Final = 15 * 60
_ENDS: Final = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?\u3002\uff01\uff1f]\s+"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True)
class Undo:
    """The data to undo: ``first`` as it was before, its digest afterwards, and the added or deleted chunk."""

    kind: Literal["split", "merge"]
    first: Chunk
    left: str
    second: Chunk


class ChangedSince(Exception):
    """A chunk was changed since, so undoing would lose that change."""


def cut(text: str, at: int | None) -> tuple[str, str]:
    """The text in two parts, split ``at`` a position. If a part would be empty, splits near the middle instead."""
    if at is None or not text[:at].strip() or not text[at:].strip():
        at = _near_the_middle(text)
    return text[:at].rstrip(), text[at:].lstrip()


def joined(first: Chunk, second: Chunk) -> dict[str, Any]:
    """The content of the joined chunk: both texts, and the keywords and questions of both."""
    return {
        "content": f"{first.content.rstrip()}\n{second.content.lstrip()}",
        "important_keywords": _both(first.important_keywords, second.important_keywords),
        "questions": _both(first.questions, second.questions),
    }


def split(request: DashboardRequest, document: Document, chunk: Chunk, first: dict[str, Any], second: str) -> None:
    """Add the second part as a new chunk, then reduce the existing one to ``first``."""
    made = editing.add(request, document, second, (), ())
    after = editing.write(request, chunk, first)
    _remember(request, Undo("split", chunk, editing.digest(after), made))


def merge(request: DashboardRequest, document: Document, first: Chunk, second: Chunk, text: dict[str, Any]) -> None:
    """Write the joined text into the first chunk, then delete the second. Raises Rejected if that fails."""
    both = tuple(dict.fromkeys([*first.positions, *second.positions]))
    after = editing.write(request, first, text | _placed(first, both))
    outcome = editing.delete(request, document, [second])
    if outcome.failed:
        raise errors.Rejected(outcome.failed[0][1])
    _remember(request, Undo("merge", first, editing.digest(after), second))


def undo(request: DashboardRequest, document: Document) -> bool:
    """Undo the user's latest split or merge in the document; False if there is none.

    Raises ChangedSince if one of its chunks was changed or deleted since.
    """
    last = last_of(request, document.id)
    if last is None:
        return False
    first = _unchanged(request, last.first, last.left)
    if last.kind == "split":
        second = _unchanged(request, last.second, editing.digest(last.second))
        _restore(request, first, last.first)
        editing.delete(request, document, [second])
    else:
        old = last.second
        made = editing.add(request, document, old.content, old.important_keywords, old.questions)
        rest = ({} if old.available else {"available": False}) | _placed(made, old.positions)
        if rest:
            editing.write(request, made, rest)
        _restore(request, first, last.first)
    cache.delete(_key(request, document.id))
    return True


def last_of(request: DashboardRequest, document_id: str) -> Undo | None:
    """What the user can undo in this document."""
    found: Undo | None = cache.get(_key(request, document_id))
    return found


def forget(request: DashboardRequest, document_id: str) -> None:
    """Stop offering to undo."""
    cache.delete(_key(request, document_id))


def _unchanged(request: DashboardRequest, chunk: Chunk, left: str) -> Chunk:
    try:
        current = request.ragflow.chunks.get(chunk.dataset_id, chunk.document_id, chunk.id)
    except errors.NotFound:
        raise ChangedSince from None
    if editing.digest(current) != left:
        raise ChangedSince
    return current


def _restore(request: DashboardRequest, current: Chunk, before: Chunk) -> None:
    text = {"content": before.content, "important_keywords": before.important_keywords, "questions": before.questions}
    editing.write(request, current, text | _placed(current, before.positions))


def _placed(chunk: Chunk, positions: tuple[tuple[float, ...], ...]) -> dict[str, Any]:
    """The positions to write, if they differ and are complete: five numbers each (contract §12.3)."""
    wanted = tuple(row for row in positions if len(row) == 5)
    return {"positions": wanted} if wanted and wanted != chunk.positions else {}


def _remember(request: DashboardRequest, what: Undo) -> None:
    cache.set(_key(request, what.first.document_id), what, SECONDS)


def _key(request: DashboardRequest, document_id: str) -> str:
    return f"chunks-undo:{request.server.pk}:{document_id}:{request.user.pk}"


def _both(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))


def _near_the_middle(text: str) -> int:
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    for end in _ENDS:
        places = [match.end() for match in end.finditer(text) if first < match.end() < last]
        if places:
            return min(places, key=lambda place: abs(place - len(text) // 2))
    return len(text) // 2
