"""What is lost when documents are parsed again or change their method: chunks, and what people edited in them."""

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
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.types import Document, Page

PAGE: Final = 500
# So many documents are looked at while somebody waits for the question.
LOOKED_AT: Final = 2000


@dataclass(frozen=True)
class MatchedDocuments:
    """The documents that a list matches. Of very many only the first are looked at; ``total`` counts all."""

    total: int
    documents: tuple[Document, ...]

    @property
    def complete(self) -> bool:
        """Whether all of them were looked at."""
        return len(self.documents) >= self.total


def of(documents: Sequence[Document]) -> MatchedDocuments:
    """These documents, and no others."""
    return MatchedDocuments(len(documents), tuple(documents))


def matching(ragflow: RAGFlow, dataset_id: str, query: Query, most: int | None = None) -> MatchedDocuments:
    """What ``query`` means, in the order of upload; one call for each 500 up to ``most``."""
    most = most or LOOKED_AT

    def page(number: int) -> Page[Document]:
        return listing.page_of(ragflow, dataset_id, query, number=number, size=min(PAGE, most))

    first = page(1)
    pages = range(2, min(first.pages or 1, -(-most // PAGE)) + 1)
    rest = parallel(*(lambda number=number: page(number) for number in pages))
    found = {document.id: document for part in (first, *rest) for document in part}
    return MatchedDocuments(first.total or 0, tuple(found.values()))


def edits_at_risk(server: Server, document_ids: Sequence[str], *, complete: bool = True) -> str:
    """A sentence that names how many edited chunks would go with these documents; "" for none."""
    lost = edits.lost_edits(server, document_ids)
    if not lost:
        return ""
    said = ngettext(
        "%(n)s edited chunk will be lost; the edit is kept and can be applied again afterwards.",
        "%(n)s edited chunks will be lost; the edits are kept and can be applied again afterwards.",
        lost,
    )
    if not complete:
        said = ngettext(
            "At least %(n)s edited chunk will be lost; the edit is kept and can be applied again afterwards.",
            "At least %(n)s edited chunks will be lost; the edits are kept and can be applied again afterwards.",
            lost,
        )
    return said % {"n": count(lost)}


def chunks_at_risk(found: MatchedDocuments) -> str:
    """A sentence that names how many chunks go when all of them are parsed again."""
    with_chunks = [document for document in found.documents if document.chunk_count]
    chunks = sum(document.chunk_count for document in with_chunks)
    if not chunks:
        return "" if found.complete else _("Chunks that they have now are deleted when their turn comes.")
    words = {"n": count(len(with_chunks)), "chunks": count(chunks)}
    if found.complete:
        return (
            ngettext(
                "%(n)s of them has chunks (%(chunks)s in all), which are deleted when its turn comes; if parsing"
                " fails, there are none.",
                "%(n)s of them have chunks (%(chunks)s in all), which are deleted when their turn comes; if parsing"
                " fails, there are none.",
                len(with_chunks),
            )
            % words
        )
    return (
        ngettext(
            "At least %(n)s of them has chunks, %(chunks)s and more, which are deleted when its turn comes.",
            "At least %(n)s of them have chunks, %(chunks)s and more, which are deleted when their turn comes.",
            len(with_chunks),
        )
        % words
    )
