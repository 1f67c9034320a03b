"""Where a chunk stands in the list: every button on it passes this on, and comes back to it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.chunks.list.reading import Asked
from dashboard.core.web.http import DashboardRequest


@dataclass(frozen=True)
class ListContext:
    """``query`` is search, filter and page of the list as in an address; ``has_source`` whether the source is shown.

    ``number`` is the chunk's own, None where it is not known.

    ``next_id`` is the chunk that follows it in the document, "" where that is not known.
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
        """From the address of a button (``?n=12&next=3f5c&page=2``), or from the form for several chunks."""
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

    def back(self, chunk_id: str = "") -> str:
        """The page of the list that the button was on; ``chunk_id`` opens that chunk."""
        query = "&".join(part for part in (self.query, f"chunk={chunk_id}" if chunk_id else "") if part)
        return f"{self.list_url}?{query}" if query else self.list_url
