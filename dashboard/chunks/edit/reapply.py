"""Reapplies lost edits: finds the new chunk with the original text, and makes the same change again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dashboard.chunks.edit import editing
from dashboard.core.web.http import DashboardRequest
from dashboard.journal.edits import Edit, Text
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.resources.chunks import is_never_parsed
from dashboard.ragflow.types import Chunk, Document

MOST: Final = 50
WORDS: Final = 8
LOOKED_AT: Final = 100
Kind = Literal["change", "add", "delete", "done"]


@dataclass(frozen=True)
class Proposal:
    """How a lost edit can be reapplied: change or delete ``chunk``, add a chunk, or nothing if it is already done."""

    edit: Edit
    kind: Kind
    chunk: Chunk | None = None


def proposals(ragflow: RAGFlow, document: Document, edits: Sequence[Edit]) -> tuple[Proposal, ...]:
    """A proposal for each of at most ``MOST`` edits; one or two calls per edit."""
    return parallel(*(_lookup(ragflow, document, edit) for edit in edits[:MOST]))


def apply(
    request: DashboardRequest, document: Document, chosen: Sequence[Proposal]
) -> tuple[list[Proposal], list[str]]:
    """Apply the chosen proposals in turn; returns those applied, and the reasons of those that failed."""
    done: list[Proposal] = []
    failed: list[str] = []
    for proposal in chosen:
        try:
            _do(request, document, proposal)
        except (errors.NotFound, errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
            failed.append(error.message)
        except errors.RAGFlowError as error:
            if not done:
                raise
            failed.append(error.message)
            break
        else:
            done.append(proposal)
    return done, failed


def _do(request: DashboardRequest, document: Document, proposal: Proposal) -> None:
    text = proposal.edit.after
    if proposal.kind == "delete" and proposal.chunk:
        editing.delete(request, document, [proposal.chunk])
    elif proposal.kind == "change" and proposal.chunk and text:
        editing.write(
            request,
            proposal.chunk,
            {
                "content": text.content,
                "important_keywords": text.important_keywords,
                "questions": text.questions,
                "available": text.available,
            },
        )
    elif proposal.kind == "add" and text:
        made = editing.add(request, document, text.content, text.important_keywords, text.questions)
        if not text.available:
            editing.write(request, made, {"available": False})


def _lookup(ragflow: RAGFlow, document: Document, edit: Edit) -> Callable[[], Proposal]:
    return lambda: _proposal(ragflow, document, edit)


def _proposal(ragflow: RAGFlow, document: Document, edit: Edit) -> Proposal:
    # A chunk's id derives from its text: if the parser created the same chunk again, it has the same id.
    same = _get(ragflow, document, edit.chunk_id)
    if same and edit.after and Text.of(same) == edit.after:
        return Proposal(edit, "done", same)
    if edit.before is None:
        return Proposal(edit, "add")
    found = same if same and _same(same.content, edit.before.content) else _search(ragflow, document, edit.before)
    if edit.after is None:
        return Proposal(edit, "delete", found) if found else Proposal(edit, "done")
    return Proposal(edit, "change", found) if found else Proposal(edit, "add")


def _get(ragflow: RAGFlow, document: Document, chunk_id: str) -> Chunk | None:
    try:
        return ragflow.chunks.get(document.dataset_id, document.id, chunk_id)
    except errors.NotFound:
        return None
    except errors.RAGFlowError as error:
        if is_never_parsed(error):
            return None
        raise


def _search(ragflow: RAGFlow, document: Document, text: Text) -> Chunk | None:
    """The chunk with this text, ignoring blanks, among the best matches for its longest words."""
    words = sorted(dict.fromkeys(text.content.split()), key=len, reverse=True)[:WORDS]
    if not words:
        return None
    found = ragflow.chunks.list(document, page=1, page_size=LOOKED_AT, keywords=" ".join(words)[:200])
    match = next((chunk for chunk in found.items if _same(chunk.content, text.content)), None)
    return _get(ragflow, document, match.id) if match else None


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return " ".join(text.replace("<em>", "").replace("</em>", "").split())
