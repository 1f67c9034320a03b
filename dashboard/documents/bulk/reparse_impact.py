"""What reparsing documents or changing their method would lose: chunks, and edits in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count
from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.journal import edits
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.paging import every_page
from dashboard.ragflow.types import Document, Page

PAGE: Final = 500
# The most documents that are read for a confirmation, while the user waits.
LOOKED_AT: Final = 2000


@dataclass(frozen=True)
class MatchedDocuments:
    """The documents that match a list. Only the first ones are read; ``total`` counts all."""

    total: int
    documents: tuple[Document, ...]

    @property
    def complete(self) -> bool:
        """Whether all of them were read."""
        return len(self.documents) >= self.total


def of(documents: Sequence[Document]) -> MatchedDocuments:
    """Exactly these documents."""
    return MatchedDocuments(len(documents), tuple(documents))


def matching(ragflow: RAGFlow, dataset_id: str, query: Query, most: int | None = None) -> MatchedDocuments:
    """The documents that match ``query`` in upload order, up to ``most``; one call per page."""
    most = most or LOOKED_AT
    size = ragflow.documents.rows_at_once(min(PAGE, most))

    def page(number: int) -> Page[Document]:
        return listing.page_of(ragflow, dataset_id, query, number=number, size=size)

    pages = every_page(page, -(-most // size))
    found = {document.id: document for part in pages for document in part}
    return MatchedDocuments(pages[0].total or 0, tuple(found.values()))


def edits_at_risk(server: Server, document_ids: Sequence[str], *, complete: bool = True) -> str:
    """A sentence with the number of edited chunks that these documents would lose; "" for none."""
    lost = edits.lost_edits(server, document_ids)
    if not lost:
        return ""
    said = ngettext(
        "%(n)s edited chunk will be lost. The edit is kept and can be reapplied afterwards.",
        "%(n)s edited chunks will be lost. The edits are kept and can be reapplied afterwards.",
        lost,
    )
    if not complete:
        said = ngettext(
            "At least %(n)s edited chunk will be lost. The edit is kept and can be reapplied afterwards.",
            "At least %(n)s edited chunks will be lost. The edits are kept and can be reapplied afterwards.",
            lost,
        )
    return said % {"n": count(lost)}


def chunks_at_risk(found: MatchedDocuments) -> str:
    """A sentence with the number of chunks that reparsing all of them deletes."""
    with_chunks = [document for document in found.documents if document.chunk_count]
    chunks = sum(document.chunk_count for document in with_chunks)
    if not chunks:
        return "" if found.complete else _("Existing chunks are deleted as each document is parsed.")
    words = {"n": count(len(with_chunks)), "chunks": count(chunks)}
    if found.complete:
        return (
            ngettext(
                "%(n)s of them has chunks (%(chunks)s in total). They are deleted before parsing, and lost if it"
                " fails.",
                "%(n)s of them have chunks (%(chunks)s in total). They are deleted before parsing, and lost if it"
                " fails.",
                len(with_chunks),
            )
            % words
        )
    return (
        ngettext(
            "At least %(n)s of them has chunks (at least %(chunks)s in total), which are deleted before parsing.",
            "At least %(n)s of them have chunks (at least %(chunks)s in total), which are deleted before parsing.",
            len(with_chunks),
        )
        % words
    )
