"""Bytes of a document's file for showing them: never more than a page can bear, kept for minutes.

Whoever walks from chunk to chunk asks for the same file again and again.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache

from dashboard.chunks import source_table, source_text
from dashboard.chunks.source_table import Sheet, Unreadable
from dashboard.http import DashboardRequest
from dashboard.ragflow.types import Document

MEGABYTE: Final = 1024 * 1024
# So much of a text is read; of what must be had in whole to be read at all, so large may it be.
TEXT: Final = 4 * MEGABYTE
PACKED: Final = 5 * MEGABYTE
UNPACKED: Final = 48 * MEGABYTE
PICTURE: Final = 20 * MEGABYTE
KEPT: Final = 180
KEPT_UP_TO: Final = TEXT


class TooLarge(Exception):
    """The file has more bytes than can be shown; ``limit`` is how many can."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True)
class Text:
    """``is_whole`` is False when the file goes on."""

    text: str
    is_whole: bool = True


def text(request: DashboardRequest, document: Document) -> Text:
    """The beginning of a text file."""
    key = _key(request, document, "text")
    found: Text | None = cache.get(key)
    if found is None:
        content, is_whole = _head(request, document, TEXT)
        found = Text(source_text.decoded(content), is_whole)
        if len(found.text) <= KEPT_UP_TO:
            cache.set(key, found, KEPT)
    return found


def word(request: DashboardRequest, document: Document) -> Text:
    """The text of a Word file, paragraph by paragraph. Raises TooLarge and Unreadable."""
    key = _key(request, document, "word")
    found: Text | None = cache.get(key)
    if found is None:
        content = _whole(request, document, PACKED)
        source_table.check_size(content, UNPACKED)
        found = Text(_words(content)[:KEPT_UP_TO])
        cache.set(key, found, KEPT)
    return found


def sheets(request: DashboardRequest, document: Document) -> tuple[Sheet, ...]:
    """The tables of a csv or xlsx file. Raises TooLarge and Unreadable."""
    key = _key(request, document, "sheets")
    found: tuple[Sheet, ...] | None = cache.get(key)
    if found is None:
        if document.name.lower().endswith(".xlsx"):
            found = source_table.of_workbook(_whole(request, document, PACKED), UNPACKED)
        else:
            content, is_whole = _head(request, document, TEXT)
            found = source_table.of_csv(source_text.decoded(content), is_whole=is_whole)
        cache.set(key, found, KEPT)
    return found


def picture(request: DashboardRequest, document: Document) -> bytes:
    """An image file. Raises TooLarge."""
    return _whole(request, document, PICTURE)


def _words(content: bytes) -> str:
    # Loaded when somebody looks at such a file: it takes 4 MB of every process.
    import docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    try:
        parts = docx.Document(io.BytesIO(content)).iter_inner_content()
        lines: list[str] = []
        for part in parts:
            if isinstance(part, Paragraph):
                lines.append(part.text)
            elif isinstance(part, Table):
                lines += ["\t".join(cell.text.strip() for cell in row.cells) for row in part.rows]
        return "\n".join(lines)
    except Exception as error:
        # The library raises whatever a broken file makes it stumble over.
        raise Unreadable(str(error) or type(error).__name__) from error


def _whole(request: DashboardRequest, document: Document, limit: int) -> bytes:
    content, is_whole = _head(request, document, limit)
    if not is_whole:
        raise TooLarge(limit)
    return content


def _head(request: DashboardRequest, document: Document, limit: int) -> tuple[bytes, bool]:
    """At most so many bytes, and whether that is all; the rest is not fetched."""
    content = bytearray()
    with request.ragflow.documents.download(document) as file:
        if file.size is not None and file.size > limit * 4 and limit < TEXT:
            raise TooLarge(limit)
        for piece in file:
            content += piece
            if len(content) > limit:
                return bytes(content[:limit]), False
    return bytes(content), True


def _key(request: DashboardRequest, document: Document, what: str) -> str:
    return f"{request.server.cache_key}:source:{document.dataset_id}:{document.id}:{document.name[-8:]!r}:{what}"
