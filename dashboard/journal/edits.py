"""The journal of chunk edits: who changed what, and which edits were lost when the document was reparsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone

from dashboard.models import ChunkEdit, ParsedDocument, Server
from dashboard.ragflow.types import Chunk


@dataclass(frozen=True)
class Text:
    """The editable content of a chunk."""

    content: str
    important_keywords: tuple[str, ...]
    questions: tuple[str, ...]
    available: bool

    @classmethod
    def of(cls, chunk: Chunk) -> Text:
        return cls(chunk.content, chunk.important_keywords, chunk.questions, chunk.available)

    @classmethod
    def stored(cls, value: dict[str, Any] | None) -> Text | None:
        if value is None:
            return None
        return cls(value["content"], tuple(value["important_keywords"]), tuple(value["questions"]), value["available"])


@dataclass(frozen=True)
class Edit:
    """All edits of one chunk between two parses combined: the last user, the first and the last content.

    ``before`` is None for a chunk that was added, ``after`` for one that was deleted.
    """

    chunk_id: str
    username: str
    made_at: datetime
    before: Text | None
    after: Text | None


@dataclass(frozen=True)
class Journal:
    """The edits of a document, newest first: those still in its chunks, and those lost by reparsing."""

    live: tuple[Edit, ...] = ()
    lost: tuple[Edit, ...] = ()


def note(server: Server, user: User | None, before: Chunk | None, after: Chunk | None) -> None:
    """Record an edit; at least one of the two chunks is given. ``user`` is None if the user was deleted since."""
    chunk = before or after
    if chunk is None or (before and after and Text.of(before) == Text.of(after)):
        return
    ChunkEdit.objects.create(
        server=server,
        user=user,
        username=user.get_username() if user else "",
        dataset_id=chunk.dataset_id,
        document_id=chunk.document_id,
        chunk_id=chunk.id,
        before=_as_stored(before),
        after=_as_stored(after),
    )


def of(server: Server, document_id: str) -> Journal:
    """The journal of a document."""
    found = ChunkEdit.objects.filter(server=server, document_id=document_id, settled=False)
    entries = list(found)
    if not entries:
        return Journal()
    parsed = _last_parses(server, [document_id]).get(document_id)
    live = [entry for entry in entries if parsed is None or entry.made_at > parsed]
    lost = [entry for entry in entries if parsed is not None and entry.made_at <= parsed]
    return Journal(_together(live), _together(lost))


def lost_edits(server: Server, document_ids: Sequence[str]) -> int:
    """The number of edited chunks that parsing these documents now would lose."""
    wanted = list(dict.fromkeys(document_ids))
    entries = ChunkEdit.objects.filter(server=server, document_id__in=wanted, settled=False)
    by_document: dict[str, list[ChunkEdit]] = {}
    for entry in entries:
        by_document.setdefault(entry.document_id, []).append(entry)
    parses = _last_parses(server, list(by_document))
    number = 0
    for document_id, made in by_document.items():
        parsed = parses.get(document_id)
        number += len(_together([entry for entry in made if parsed is None or entry.made_at > parsed]))
    return number


def settle(server: Server, document_id: str, chunk_ids: Sequence[str], until: datetime) -> None:
    """Settle the edits of these chunks, so that they are not offered again; edits after ``until`` are kept."""
    found = ChunkEdit.objects.filter(server=server, document_id=document_id, chunk_id__in=list(chunk_ids))
    found.filter(made_at__lte=until).update(settled=True)


def parsed_at(server: Server, document_id: str) -> datetime:
    """When the document was last parsed from this dashboard; now if it never was."""
    return _last_parses(server, [document_id]).get(document_id) or timezone.now()


def _last_parses(server: Server, document_ids: Sequence[str]) -> dict[str, datetime]:
    found = ParsedDocument.objects.filter(run__server=server, document_id__in=document_ids)
    return dict(found.values_list("document_id").annotate(Max("run__started_at")))


def _together(entries: Sequence[ChunkEdit]) -> tuple[Edit, ...]:
    by_chunk: dict[str, list[ChunkEdit]] = {}
    for entry in entries:
        by_chunk.setdefault(entry.chunk_id, []).append(entry)
    edits = []
    for chunk_id, made in by_chunk.items():
        before, after, last = Text.stored(made[0].before), Text.stored(made[-1].after), made[-1]
        if before != after:
            edits.append(Edit(chunk_id, last.username, last.made_at, before, after))
    return tuple(sorted(edits, key=lambda edit: edit.made_at, reverse=True))


def _as_stored(chunk: Chunk | None) -> dict[str, Any] | None:
    if chunk is None:
        return None
    return {
        # Neither PostgreSQL's JSON nor forms can hold NUL.
        "content": chunk.content.replace("\0", ""),
        "important_keywords": list(chunk.important_keywords),
        "questions": list(chunk.questions),
        "available": chunk.available,
    }
