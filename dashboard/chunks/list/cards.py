"""One chunk as it is drawn: its text, its place, how long it is, and where it stands in the file."""

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
# More boxes than these are no help to anybody.
REGIONS: Final = 100


@dataclass(frozen=True)
class Card:
    """One chunk as it is drawn. ``number`` is its place in the document, None where that is not known.

    ``next_id`` is the chunk that follows it, as far as the page shows. ``tokens`` is an estimate; ``target_tokens`` how
    many
    the document's settings want in a chunk, 0 where they do not say. ``is_cut`` when only its beginning is drawn.
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
        """Longer than a page can bear, even when all of it is asked for."""
        return not self.is_cut and self.length > SHOWN

    @property
    def is_too_short(self) -> bool:
        """Far shorter than wanted: mostly a heading or a page number that went astray."""
        return self.target_tokens >= 100 and self.tokens < self.target_tokens / 20

    @property
    def is_too_long(self) -> bool:
        """Far longer than wanted."""
        return self.target_tokens > 1 and self.tokens > self.target_tokens * 2 and self.tokens > 100

    @property
    def source_kind(self) -> Kind:
        return kind_of(self.chunk.document_name)

    @property
    def regions(self) -> str:
        """Where it stands in a PDF, as JSON: page, left, right, top and bottom in points (contract §12.2)."""
        return json.dumps(regions_of(self.chunk.positions)[:REGIONS]) if self.source_kind == "pdf" else ""


def aim_of(document: Document) -> int:
    """How many tokens the settings want in a chunk; 0 where chunks are not cut by size."""
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
    """The chunk as it is drawn. ``marked``: its text comes from a search and carries marks.

    The one that somebody came for, and one asked for ``whole``, is drawn with all of its text.
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
