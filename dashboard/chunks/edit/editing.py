"""Writes chunks, and records each change in the journal and for the list, until RAGFlow's index has caught up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

from dashboard.chunks.list import pending_writes
from dashboard.core.web.http import DashboardRequest
from dashboard.documents.query.document_names import presently_named
from dashboard.journal import edits
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Chunk, Document

MOST: Final = 100


class EditConflict(Exception):
    """Someone else changed the chunk since it was loaded; ``current`` is its current state."""

    def __init__(self, current: Chunk) -> None:
        super().__init__(current.id)
        self.current = current


@dataclass
class Outcome:
    """The result for several chunks: done, failed with the reason, and the number that no longer exist."""

    done: list[Chunk] = field(default_factory=list)
    failed: list[tuple[Chunk, str]] = field(default_factory=list)
    missing: int = 0


def digest(chunk: Chunk) -> str:
    """A hash of text, keywords and questions, to detect changes."""
    said = json.dumps([chunk.content, chunk.important_keywords, chunk.questions])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def save(
    request: DashboardRequest, current: Chunk, loaded: str, changes: Callable[[Chunk], dict[str, Any]]
) -> tuple[Chunk, bool]:
    """Write what ``changes`` returns for the current chunk; returns the chunk, and whether anything was written.

    Raises EditConflict if the chunk differs from what was ``loaded``, unless there is nothing left to write.
    """
    wanted = changes(current)
    if not wanted:
        return current, False
    if digest(current) != loaded:
        raise EditConflict(current)
    return write(request, current, wanted), True


def add(
    request: DashboardRequest,
    document: Document,
    content: str,
    important_keywords: Sequence[str],
    questions: Sequence[str],
) -> Chunk:
    """Write a new chunk."""
    made = request.ragflow.chunks.add(document, content, important_keywords, questions)
    edits.note(request.server, request.user, None, made)
    return made


def switch(request: DashboardRequest, chunks: Sequence[Chunk], *, available: bool) -> Outcome:
    """Turn each chunk on or off, one call at a time; stops if RAGFlow can't be reached."""
    outcome = Outcome()
    for position, chunk in enumerate(chunks):
        try:
            outcome.done.append(write(request, chunk, {"available": available}))
        except errors.NotFound:
            outcome.missing += 1
        except (errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
            outcome.failed.append((chunk, error.message))
        except errors.RAGFlowError as error:
            if not outcome.done and not outcome.failed:
                raise
            outcome.failed.append((chunk, error.message))
            outcome.failed += [(other, _("Not attempted.")) for other in chunks[position + 1 :]]
            break
    return outcome


def delete(request: DashboardRequest, document: Document, chunks: Sequence[Chunk]) -> Outcome:
    """Delete chunks in one call. After a partial failure, the client checks which ones were deleted."""
    result = request.ragflow.chunks.delete(document, chunks)
    for chunk in result.deleted:
        edits.note(request.server, request.user, chunk, None)
        pending_writes.remember(request.server, chunk, None)
    return Outcome(
        done=list(result.deleted),
        failed=[(chunk, result.message or _("RAGFlow did not delete it.")) for chunk in result.failed],
    )


def chosen(
    ragflow: RAGFlow, server: Server, dataset_id: str, document_id: str, ids: Sequence[str]
) -> tuple[list[Chunk], int]:
    """The chunks with these ids, each looked up in the document, and the number that do not exist.

    Raises BadRequest for more ids than a page has.
    """
    wanted = [chunk_id for chunk_id in dict.fromkeys(ids) if chunk_id]
    if len(wanted) > MOST:
        raise BadRequest(f"{len(wanted)} chunks at once are more than a page shows")

    def get(chunk_id: str) -> Callable[[], Chunk | None]:
        def ask() -> Chunk | None:
            try:
                return ragflow.chunks.get(dataset_id, document_id, chunk_id)
            except errors.NotFound:
                return None

        return ask

    found = parallel(*(get(chunk_id) for chunk_id in wanted))
    there = presently_named(ragflow, server, [chunk for chunk in found if chunk is not None])
    return there, len(wanted) - len(there)


def write(request: DashboardRequest, before: Chunk, changes: dict[str, Any]) -> Chunk:
    """Change a chunk that was just read, and record the change. Returns the new state."""
    # The audit trail records the current name of the document.
    before = presently_named(request.ragflow, request.server, [before])[0]
    after = request.ragflow.chunks.update(before, **changes)
    if after != before:
        edits.note(request.server, request.user, before, after)
        pending_writes.remember(request.server, before, after)
    return after
