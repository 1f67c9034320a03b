"""The card of a chunk: its text, its number, its length, and its position in the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from dashboard.chunks.list.positions import page_of, regions_of
from dashboard.chunks.list.rendering import BEGINNING, SHOWN, as_html, length, tokens
from dashboard.chunks.source.kinds import Kind, kind_of
from dashboard.ragflow.types import Chunk, Document

LONG: Final = 4_000
# Chunk methods that fill chunks up to a number of tokens.
CUT_BY_SIZE: Final = {"naive", "manual", "book", "laws", "paper", "email"}
# More regions than this would not be useful.
REGIONS: Final = 100


@dataclass(frozen=True)
class Card:
    """The card of a chunk. ``number`` is its place in the document, None if unknown.

    ``next_id`` is the chunk after it, if it is on the same page. ``tokens`` is an estimate. ``target_tokens`` is the
    chunk size in the document's settings, 0 if they have none. ``is_cut``: only the beginning of the text is shown.
    """

    chunk: Chunk
    html: SafeString
    length: int
    tokens: int
    number: int | None
    page: int | None
    is_current: bool = False
    next_id: str = ""
    target_tokens: int = 0
    is_cut: bool = False

    @property
    def is_long(self) -> bool:
        return self.length > LONG

    @property
    def is_clipped(self) -> bool:
        """Whether it is too long for a page, even if all of it is requested."""
        return not self.is_cut and self.length > SHOWN

    @property
    def is_too_short(self) -> bool:
        """Far below the target; usually a stray heading or page number."""
        return self.target_tokens >= 100 and self.tokens < self.target_tokens / 20

    @property
    def is_too_long(self) -> bool:
        """Far above the target."""
        return self.target_tokens > 1 and self.tokens > self.target_tokens * 2 and self.tokens > 100

    @property
    def source_kind(self) -> Kind:
        return kind_of(self.chunk.document_name)

    @property
    def regions(self) -> str:
        """Its regions in a PDF, as JSON: page, left, right, top and bottom in points (contract §12.2)."""
        return json.dumps(regions_of(self.chunk.positions)[:REGIONS]) if self.source_kind == "pdf" else ""


def target_tokens_of(document: Document) -> int:
    """The chunk size in the document's settings; 0 if chunks are not split by size."""
    wanted = document.parser_config.get("chunk_token_num")
    return wanted if isinstance(wanted, int) and document.chunk_method in CUT_BY_SIZE else 0


def card_of(
    chunk: Chunk,
    number: int | None,
    *,
    next_id: str = "",
    marked: bool = False,
    current: bool = False,
    target_tokens: int = 0,
    whole: bool = False,
) -> Card:
    """Build the card of a chunk. ``marked``: its text comes from a search and contains marks.

    A ``current`` card, and one requested as a ``whole``, gets the full text.
    """
    is_cut = not (whole or current) and len(chunk.content) > BEGINNING
    return Card(
        chunk=chunk,
        html=as_html(chunk.content, marked=marked, most=BEGINNING if is_cut else SHOWN),
        length=length(chunk.content, marked=marked),
        tokens=tokens(chunk.content, marked=marked),
        number=number,
        page=page_of(chunk.document_name, chunk.positions),
        is_current=current,
        next_id=next_id,
        target_tokens=target_tokens,
        is_cut=is_cut,
    )
