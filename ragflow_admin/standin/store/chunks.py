"""Chunks in the database: ids, search text and counters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.db.models import F

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.parsing.chunking import Piece
from ragflow_admin.standin.store.models import Chunk, Dataset, Document


def chunk_id(content: str, document_id: str) -> str:
    """16 hex digits derived from content and document: the same text in the same document is the same chunk."""
    return hashlib.blake2b((content + document_id).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def search_text(content: str, keywords: Sequence[str] = (), questions: Sequence[str] = (), title: str = "") -> str:
    """The indexed text of a chunk: its words, keywords and questions, and its document's name."""
    return " ".join(tokens.words(" ".join((title, content, *keywords, *questions))))


def made_of(piece: Piece, document: Document, place: int) -> Chunk:
    title = document.name.rpartition(".")[0]
    return Chunk(
        id=chunk_id(piece.content, document.id),
        doc_id=document.id,
        kb_id=document.kb_id,
        content=piece.content,
        tokens=search_text(piece.content, title=title),
        positions=json.dumps(piece.positions),
        place=place,
    )


def count_in(document: Document, chunks: int, token_count: int) -> None:
    """Adds to the counters of a document and its dataset."""
    for rows in (Document.objects.filter(id=document.id), Dataset.objects.filter(id=document.kb_id)):
        rows.update(chunk_num=F("chunk_num") + chunks, token_num=F("token_num") + token_count)
