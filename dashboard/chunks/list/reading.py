"""Loads what the chunks page shows, with as few calls as possible, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from django.http import QueryDict

from dashboard.chunks.list import order
from dashboard.chunks.list.cards import Card, card_of, target_tokens_of
from dashboard.chunks.list.pending_writes import PendingWrites
from dashboard.core.paging import SIZES, PageRequest
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.resources.chunks import is_never_parsed
from dashboard.ragflow.types import Chunk, ChunkPage, Dataset, Document

# The search engine behind RAGFlow returns no rows beyond this (contract §4).
REACH: Final = 10_000
# RAGFlow can't filter by on or off. Up to WALK chunks are all read, STRIDE at a time (or as many as the server returns
# in one call), and filtered here.
WALK: Final = 2_000
STRIDE: Final = 500
State = Literal["", "on", "off"]
# The order of the cards: document order, document order only within this page, or RAGFlow's own.
Order = Literal["document", "page", "given"]


@dataclass(frozen=True)
class Asked:
    """The request in the URL. ``chunk`` is the id of a chunk to open, or ""; ``source``: whether to show the source."""

    text: str
    page: PageRequest
    chunk: str
    state: State = ""
    source: bool = False

    @classmethod
    def read(cls, query: QueryDict) -> Asked:
        """Read it from the query; invalid values are ignored."""
        return cls(
            text=query.get("q", "").strip()[:200],
            page=PageRequest.read(query),
            chunk=query.get("chunk", "").strip()[:64],
            state="on" if query.get("state") == "on" else "off" if query.get("state") == "off" else "",
            source=query.get("source") == "1",
        )

    @property
    def is_beyond_reach(self) -> bool:
        return self.page.number * self.page.size > REACH

    @property
    def fields(self) -> dict[str, str]:
        """Search and filter as form fields."""
        return {name: value for name, value in (("q", self.text), ("state", self.state)) if value}

    @property
    def place(self) -> str:
        """Search, filter and page as a query string, to return to the list."""
        there = QueryDict(mutable=True)
        there.update(self.fields)
        if self.page.number > 1:
            there["page"] = str(self.page.number)
        if self.page.size != SIZES[0]:
            there["page_size"] = str(self.page.size)
        if self.source:
            there["source"] = "1"
        return there.urlencode()

    @property
    def page_given(self) -> str:
        """The page number for a URL; "" for the first page."""
        return str(self.page.number) if self.page.number > 1 else ""


@dataclass(frozen=True)
class Reading:
    """``opened`` is the requested chunk if it is not on this page; ``is_lost``: the requested chunk does not exist.

    ``is_unfiltered``: there are too many chunks to filter by on or off.
    """

    found: ChunkPage
    dataset: Dataset | None
    cards: tuple[Card, ...]
    opened: Card | None
    is_lost: bool
    is_unfiltered: bool = False
    order: Order = "document"


def read(
    ragflow: RAGFlow,
    dataset_id: str,
    document_id: str,
    asked: Asked,
    *,
    whole: bool,
    fresh: PendingWrites | None = None,
) -> Reading:
    """Load a page of chunks and, for a ``whole`` page, the dataset and the chunk to open.

    ``fresh`` are the writes of the last seconds. Raises NotFound if the dataset or the document does not exist.
    """
    since = fresh or PendingWrites()
    calls: list[Callable[[], _Listing | Dataset | Chunk | None]] = [
        lambda: _listing(ragflow, dataset_id, document_id, asked, since)
    ]
    if whole:
        calls.append(lambda: ragflow.datasets.get(dataset_id))
        if asked.chunk:
            calls.append(lambda: _one(ragflow, dataset_id, document_id, asked.chunk))
    listing, *others = parallel(*calls)
    assert isinstance(listing, _Listing)  # noqa: S101 - for the type checker
    dataset = next((other for other in others if isinstance(other, Dataset)), None)
    chunk = next((other for other in others if isinstance(other, Chunk)), None)
    target_tokens = target_tokens_of(listing.found.document)
    cards = tuple(
        card_of(
            entry.chunk,
            entry.number,
            next_id=entry.next_id,
            marked=entry.is_marked,
            current=bool(asked.chunk) and entry.chunk.id == asked.chunk,
            target_tokens=target_tokens,
        )
        for entry in listing.entries
    )
    listed = any(card.is_current for card in cards)
    opened = None if chunk is None or listed else card_of(chunk, None, current=True, target_tokens=target_tokens)
    is_lost = whole and bool(asked.chunk) and not listed and opened is None
    return Reading(listing.found, dataset, cards, opened, is_lost, listing.is_unfiltered, listing.order)


def matching(ragflow: RAGFlow, dataset_id: str, document_id: str, asked: Asked) -> tuple[Document, list[Chunk]]:
    """All chunks that match the search and filter, as far as RAGFlow lists them.

    One call per page of at most ``STRIDE`` chunks. At most ``REACH`` without a filter; with one, none if more than
    ``WALK`` match.
    """
    stride = ragflow.chunks.rows_at_once(STRIDE)
    everything = replace(asked, page=PageRequest(1, WALK if asked.state else stride))
    first = _listing(ragflow, dataset_id, document_id, everything, PendingWrites())
    if asked.state:
        return first.found.document, [entry.chunk for entry in first.entries]
    pages = -(-min(first.found.total or 0, REACH) // stride)
    rest = parallel(
        *(
            (lambda number=number: _page(ragflow, dataset_id, document_id, asked.text, PageRequest(number, stride)))
            for number in range(2, pages + 1)
        )
    )
    found = {chunk.id: chunk for page in (first.found, *rest) for chunk in page.items}
    return first.found.document, list(found.values())


@dataclass(frozen=True)
class _Entry:
    chunk: Chunk
    number: int | None
    next_id: str
    is_marked: bool


@dataclass(frozen=True)
class _Listing:
    found: ChunkPage
    entries: tuple[_Entry, ...]
    is_unfiltered: bool = False
    order: Order = "document"


_ReadPage = Callable[[int, int], ChunkPage]


def _listing(ragflow: RAGFlow, dataset_id: str, document_id: str, asked: Asked, fresh: PendingWrites) -> _Listing:
    """The requested page: RAGFlow's own, or one of the chunks that are on or off."""

    def page(number: int, size: int) -> ChunkPage:
        return _page(ragflow, dataset_id, document_id, asked.text, PageRequest(number, size))

    size, number = asked.page.size, asked.page.number
    if not asked.state and asked.is_beyond_reach:
        return _Listing(page(1, 1), ())
    stride = ragflow.chunks.rows_at_once(STRIDE)
    found = page(1, stride) if asked.state else page(number, size)
    total = found.total or 0
    if asked.state and total > WALK:
        return _Listing(found, (), is_unfiltered=True)
    first = 1 if asked.state else (number - 1) * size + 1
    if asked.text:
        every = _every(page, found, stride) if asked.state else found.items
        entries = _entries(every, fresh, range(first, first + len(every)), None)
        return _Listing(found, entries) if not asked.state else _picked(found, entries, asked)
    return _in_document(page, found, asked, fresh, stride)


def _in_document(page: _ReadPage, found: ChunkPage, asked: Asked, fresh: PendingWrites, stride: int) -> _Listing:
    """The requested page, in document order as far as known."""
    total, size = found.total or 0, asked.page.size
    first = (asked.page.number - 1) * size
    is_all = bool(asked.state) or total <= len(found.items)
    places = order.places_of(found.items)
    if not is_all and order.is_arranged(found.items, places):
        numbers = range(first + 1, first + len(found.items) + 1)
        kind: Order = "document" if places or total < 2 else "given"
        return _Listing(found, _entries(found.items, fresh, numbers, places), order=kind)
    if is_all or total <= WALK:
        every = _every(page, found, stride)
        places = order.places_of(every)
        kind = "document" if places or total < 2 else "given"
        entries = _entries(order.arranged(every, places), fresh, range(1, len(every) + 1), places)
        return _picked(found, entries, asked, kind)
    # Too many to read them all: there may be gaps, which are on other pages.
    shown = order.arranged(found.items, places)
    numbers_of = [int(place[0]) if len(place := places.get(chunk.id, ())) == 1 else None for chunk in shown]
    return _Listing(found, _entries(shown, fresh, numbers_of, places, has_gaps=True), order="page")


def _picked(found: ChunkPage, entries: Sequence[_Entry], asked: Asked, kind: Order = "document") -> _Listing:
    """The requested page of all entries, or of those that are on or off."""
    if asked.state:
        entries = [entry for entry in entries if entry.chunk.available == (asked.state == "on")]
    start = (asked.page.number - 1) * asked.page.size
    shown = tuple(entries[start : start + asked.page.size])
    there = ChunkPage(
        items=tuple(entry.chunk for entry in shown),
        total=len(entries) if asked.state else found.total,
        page=asked.page.number,
        page_size=asked.page.size,
        document=found.document,
    )
    return _Listing(there, shown, order=kind)


def _every(page: _ReadPage, found: ChunkPage, stride: int) -> list[Chunk]:
    """All chunks without duplicates, in pages of ``stride``. ``found``, already read, may contain all of them."""
    total = found.total or 0
    if found.page == 1 and total <= len(found.items):
        return list(found.items)
    first = found if (found.page, found.page_size) == (1, stride) else None
    numbers = range(2 if first else 1, -(-total // stride) + 1)
    read = parallel(*((lambda number=number: page(number, stride)) for number in numbers))
    pages = [first, *read] if first else read
    return list({chunk.id: chunk for one in pages for chunk in one.items}.values())


def _page(ragflow: RAGFlow, dataset_id: str, document_id: str, text: str, page: PageRequest) -> ChunkPage:
    number, size = page.number, page.size
    try:
        return ragflow.chunks.read(dataset_id, document_id, page=number, page_size=size, keywords=text or None)
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


def _entries(
    chunks: Sequence[Chunk],
    fresh: PendingWrites,
    numbers: Sequence[int | None],
    places: dict[str, order.SortPosition] | None,
    *,
    has_gaps: bool = False,
) -> tuple[_Entry, ...]:
    """Chunks with their numbers and recent writes applied. Without ``places``, they come from a search."""
    seen = [
        (number, listed, now)
        for number, listed in zip(numbers, chunks, strict=True)
        if (now := fresh.apply(listed)) is not None
    ]
    if places is None:
        return tuple(_Entry(now, None, "", is_marked=now is listed) for _, listed, now in seen)
    following = order.following([now for _, _, now in seen], places, has_gaps=has_gaps)
    return tuple(_Entry(now, number, following.get(now.id, ""), is_marked=False) for number, _, now in seen)
