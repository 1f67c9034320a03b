"""The list that a chunk was opened from. Every button of a card passes this on, so that it can return there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from dashboard.chunks.list.reading import Asked
from dashboard.core.web.http import DashboardRequest


@dataclass(frozen=True)
class ListContext:
    """The list's query and the chunk's place in it. ``query`` holds search, filter and page of the list.

    ``number`` is the chunk's own number, None if unknown. ``next_id`` is the next chunk in the document, "" if unknown.
    ``has_source``: whether the source pane is open.
    """

    dataset_id: str
    document_id: str
    list_url: str
    query: str
    number: int | None
    next_id: str = ""
    has_source: bool = False

    @classmethod
    def of(cls, request: DashboardRequest, dataset_id: str, document_id: str) -> ListContext:
        """Read it from the URL of a button (``?n=12&next=3f5c&page=2``), or from the bulk form."""
        query = request.GET or request.POST
        given = query.get("n", "")
        asked = Asked.read(query)
        return cls(
            dataset_id=dataset_id,
            document_id=document_id,
            list_url=request.server.url("chunks:list", dataset_id, document_id),
            query=asked.place,
            has_source=asked.source,
            next_id=query.get("next", "").strip()[:64],
            number=int(given) if given.isascii() and given.isdigit() and len(given) < 8 else None,
        )

    @property
    def passed_on(self) -> str:
        """The query of a chunk's URLs: its number, the chunk after it, and the list's query."""
        return "&".join(part for part in (f"n={self.number or ''}", f"next={quote(self.next_id)}", self.query) if part)

    @property
    def passed_on_to_join(self) -> str:
        """The same without the chunk after it, which a join has in its path."""
        return "&".join(part for part in (f"n={self.number or ''}", self.query) if part)

    def back(self, chunk_id: str = "") -> str:
        """The URL of the list page that the button was on; ``chunk_id`` opens that chunk."""
        query = "&".join(part for part in (self.query, f"chunk={chunk_id}" if chunk_id else "") if part)
        return f"{self.list_url}?{query}" if query else self.list_url
