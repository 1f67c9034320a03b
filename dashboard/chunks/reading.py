"""What the chunks page shows, read with as few calls as can be, all at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.http import QueryDict
from django.utils.safestring import SafeString

from dashboard.chunks.fresh import Fresh
from dashboard.chunks.rendering import as_html, length
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.chunks import is_never_parsed
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Chunk, ChunkPage, Dataset
from dashboard.ui.paging import SIZES, PageRequest

# The search engine behind RAGFlow gives no rows beyond these (contract §4).
REACH: Final = 10_000
# Endings whose chunks carry page numbers; for other files the first number is just the chunk's own (contract §12.2).
PAGED: Final = {"pdf", "ppt", "pptx"}
LONG: Final = 4_000


@dataclass(frozen=True)
class Asked:
    """What the address asks for. ``chunk`` is the id of one to open, or ""."""

    text: str
    page: PageRequest
    chunk: str

    @classmethod
    def read(cls, query: QueryDict) -> Asked:
        """From the address; what is not understood is left out."""
        return cls(
            text=query.get("q", "").strip()[:200],
            page=PageRequest.read(query),
            chunk=query.get("chunk", "").strip()[:64],
        )

    @property
    def is_beyond_reach(self) -> bool:
        return self.page.number * self.page.size > REACH

    @property
    def place(self) -> str:
        """Search and page as they stand in an address, for coming back to them."""
        there = QueryDict(mutable=True)
        if self.text:
            there["q"] = self.text
        if self.page.number > 1:
            there["page"] = str(self.page.number)
        if self.page.size != SIZES[0]:
            there["page_size"] = str(self.page.size)
        return there.urlencode()


@dataclass(frozen=True)
class Card:
    """One chunk as it is drawn. ``number`` is its place in the document, None where that is not known.

    ``next_id`` is the chunk that follows it, as far as the page shows.
    """

    chunk: Chunk
    html: SafeString
    length: int
    number: int | None
    page: int | None
    is_current: bool = False
    next_id: str = ""

    @property
    def is_long(self) -> bool:
        return self.length > LONG


@dataclass(frozen=True)
class Reading:
    """``opened`` is the chunk that was asked for when it is not among the cards; ``is_lost`` when there is none."""

    found: ChunkPage
    dataset: Dataset | None
    cards: tuple[Card, ...]
    opened: Card | None
    is_lost: bool


def read(
    ragflow: RAGFlow, dataset_id: str, document_id: str, asked: Asked, *, whole: bool, fresh: Fresh | None = None
) -> Reading:
    """The page of chunks and, for a ``whole`` page, its dataset and the chunk to open.

    ``fresh`` is what was written in the last seconds. Raises NotFound when the dataset or the document is not there.
    """
    calls: list[Callable[[], ChunkPage | Dataset | Chunk | None]] = [
        lambda: _page(ragflow, dataset_id, document_id, asked)
    ]
    if whole:
        calls.append(lambda: ragflow.datasets.get(dataset_id))
        if asked.chunk:
            calls.append(lambda: _one(ragflow, dataset_id, document_id, asked.chunk))
    found, *others = parallel(*calls)
    assert isinstance(found, ChunkPage)  # noqa: S101 - for the type checker
    dataset = next((other for other in others if isinstance(other, Dataset)), None)
    chunk = next((other for other in others if isinstance(other, Chunk)), None)
    cards = tuple(_cards(found, asked, fresh or Fresh()))
    listed = any(card.is_current for card in cards)
    opened = None if chunk is None or listed else card_of(chunk, None, current=True)
    return Reading(found, dataset, cards, opened, is_lost=whole and bool(asked.chunk) and not listed and opened is None)


def _page(ragflow: RAGFlow, dataset_id: str, document_id: str, asked: Asked) -> ChunkPage:
    number, size = (1, 1) if asked.is_beyond_reach else (asked.page.number, asked.page.size)
    try:
        return ragflow.chunks.read(dataset_id, document_id, page=number, page_size=size, keywords=asked.text or None)
    except errors.RAGFlowError as error:
        if not is_never_parsed(error):
            raise
        document = ragflow.documents.get(dataset_id, document_id)
        return ChunkPage(items=(), total=0, page=number, page_size=size, document=document)


def _one(ragflow: RAGFlow, dataset_id: str, document_id: str, chunk_id: str) -> Chunk | None:
    try:
        return ragflow.chunks.get(dataset_id, document_id, chunk_id)
    except errors.NotFound:
        return None
    except errors.RAGFlowError as error:
        if is_never_parsed(error):
            return None
        raise


def _cards(found: ChunkPage, asked: Asked, fresh: Fresh) -> list[Card]:
    if asked.is_beyond_reach:
        return []
    first = (asked.page.number - 1) * asked.page.size + 1
    cards = []
    for index, listed in enumerate(found.items):
        chunk = fresh.instead_of(listed)
        if chunk is None:
            continue
        cards.append(
            card_of(
                chunk,
                None if asked.text else first + index,
                marked=bool(asked.text) and chunk is listed,
                current=bool(asked.chunk) and chunk.id == asked.chunk,
            )
        )
    if not asked.text:
        following = [*(card.chunk.id for card in cards), ""][1:]
        cards = [replace(card, next_id=next_id) for card, next_id in zip(cards, following, strict=True)]
    return cards


def card_of(
    chunk: Chunk, number: int | None, *, next_id: str = "", marked: bool = False, current: bool = False
) -> Card:
    """The chunk as it is drawn. ``marked``: its text comes from a search and carries marks."""
    suffix = chunk.document_name.rpartition(".")[2].lower()
    paged = suffix in PAGED and chunk.positions and chunk.positions[0]
    return Card(
        chunk=chunk,
        html=as_html(chunk.content, marked=marked),
        length=length(chunk.content, marked=marked),
        number=number,
        page=int(chunk.positions[0][0]) if paged else None,
        is_current=current,
        next_id=next_id,
    )
