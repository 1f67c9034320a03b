"""Bringing lost edits back: the new chunk with the text that was edited is looked for, and changed in the same way."""

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
class Offer:
    """What can be done for a lost edit: change or delete ``chunk``, add one anew, or nothing, since it is done."""

    edit: Edit
    kind: Kind
    chunk: Chunk | None = None


def offers(ragflow: RAGFlow, document: Document, edits: Sequence[Edit]) -> tuple[Offer, ...]:
    """An offer for each of at most ``MOST`` edits; one or two calls for each of them."""
    return parallel(*(_asking(ragflow, document, edit) for edit in edits[:MOST]))


def apply(request: DashboardRequest, document: Document, chosen: Sequence[Offer]) -> tuple[list[Offer], list[str]]:
    """Do what is offered, one after the other: what was done, and the reasons of what was not."""
    done: list[Offer] = []
    failed: list[str] = []
    for offer in chosen:
        try:
            _do(request, document, offer)
        except (errors.NotFound, errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
            failed.append(error.message)
        except errors.RAGFlowError as error:
            if not done:
                raise
            failed.append(error.message)
            break
        else:
            done.append(offer)
    return done, failed


def _do(request: DashboardRequest, document: Document, offer: Offer) -> None:
    text = offer.edit.after
    if offer.kind == "delete" and offer.chunk:
        editing.delete(request, document, [offer.chunk])
    elif offer.kind == "change" and offer.chunk and text:
        editing.write(
            request,
            offer.chunk,
            {
                "content": text.content,
                "important_keywords": text.important_keywords,
                "questions": text.questions,
                "available": text.available,
            },
        )
    elif offer.kind == "add" and text:
        made = editing.add(request, document, text.content, text.important_keywords, text.questions)
        if not text.available:
            editing.write(request, made, {"available": False})


def _asking(ragflow: RAGFlow, document: Document, edit: Edit) -> Callable[[], Offer]:
    return lambda: _offer(ragflow, document, edit)


def _offer(ragflow: RAGFlow, document: Document, edit: Edit) -> Offer:
    # RAGFlow names a chunk after its text: where the parser made the same chunk again, it has the same id.
    same = _get(ragflow, document, edit.chunk_id)
    if same and edit.after and Text.of(same) == edit.after:
        return Offer(edit, "done", same)
    if edit.before is None:
        return Offer(edit, "add")
    found = same if same and _same(same.content, edit.before.content) else _search(ragflow, document, edit.before)
    if edit.after is None:
        return Offer(edit, "delete", found) if found else Offer(edit, "done")
    return Offer(edit, "change", found) if found else Offer(edit, "add")


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
    """The chunk with this text, blanks aside, among the best matches for its longest words."""
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
