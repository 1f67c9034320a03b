"""A document's file as shown beside the chunks, limited to what a page can show and cached for minutes.

Readers go from chunk to chunk in the same file, hence the cache. Everything that may take long runs in the sandbox.
"""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.cache import cache

from dashboard.chunks.source import text as source_text
from dashboard.core.web.http import DashboardRequest
from dashboard.ragflow.types import Document
from dashboard.sandbox import runner

MEGABYTE: Final = 1024 * 1024
# Bytes of a text file to read, and the size limits of files that have to be read completely.
TEXT: Final = 4 * MEGABYTE
PACKED: Final = 5 * MEGABYTE
PICTURE: Final = 20 * MEGABYTE
# Characters of a text and a chunk that are compared in this process, which takes less than 0.1 s.
SMALL: Final = 60_000
# Characters of a chunk to search for.
CHUNK: Final = 200_000
KEPT: Final = 180
_GAVE_UP: Final = "gave up"


class TooLarge(Exception):
    """The file is larger than ``limit``, the number of bytes that can be shown."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def text(request: DashboardRequest, document: Document, chunk: str, at: int | None, *, markup: bool) -> dict[str, Any]:
    """A page of the first TEXT bytes of a text file (see ``source_text.view``). Raises GaveUp."""
    key = _key(request, document, "text")
    kept: tuple[str, bool] | None = cache.get(key)
    if kept is None:
        content, is_whole = _head(request, document, TEXT)
        kept = source_text.decoded(content), is_whole
        cache.set(key, kept, KEPT)
    return _page(*kept, chunk, at, markup=markup)


def word(request: DashboardRequest, document: Document, chunk: str, at: int | None) -> dict[str, Any]:
    """A page of the text of a Word file. Raises TooLarge, GaveUp and Refused."""
    key = _key(request, document, "word")
    kept: dict[str, Any] | None = _kept(key)
    if kept is None:
        kept = _read(key, "dashboard.chunks.source.packed:words", _whole(request, document, PACKED))
    return _page(kept["text"], kept["is_whole"], chunk, at, markup=False)


def table(
    request: DashboardRequest, document: Document, chunk: str, number: int | None, at: int | None
) -> dict[str, Any] | None:
    """A page of a csv or xlsx file (see ``source_table.view``). Raises TooLarge, GaveUp and Refused."""
    key = _key(request, document, "sheets")
    kept: list[dict[str, Any]] | None = _kept(key)
    if kept is None:
        if document.name.lower().endswith(".xlsx"):
            kept = _read(key, "dashboard.chunks.source.packed:workbook", _whole(request, document, PACKED))
        else:
            content, is_whole = _head(request, document, TEXT)
            given = source_text.decoded(content).encode()
            kept = _read(key, "dashboard.chunks.source.table:of_csv", given, is_whole=is_whole)
    shown: dict[str, Any] | None = runner.run(
        "dashboard.chunks.source.table:view", json.dumps(kept).encode(), chunk=chunk[:CHUNK], number=number, at=at
    )
    return shown


def picture(request: DashboardRequest, document: Document) -> bytes:
    """An image file. Raises TooLarge."""
    return _whole(request, document, PICTURE)


def _page(text: str, is_whole: bool, chunk: str, at: int | None, *, markup: bool) -> dict[str, Any]:
    chunk = chunk[:CHUNK]
    content = text.encode("utf-8", "surrogatepass")
    if len(text) + len(chunk) <= SMALL:
        shown = source_text.view(content, chunk=chunk, markup=markup, at=at)
    else:
        shown = runner.run("dashboard.chunks.source.text:view", content, chunk=chunk, markup=markup, at=at)
    return {**shown, "is_whole": is_whole}


def _read(key: str, work: str, content: bytes, **options: Any) -> Any:
    """Read a file in the sandbox, and cache the result. A timeout is cached too, because it is expensive."""
    try:
        found = runner.run(work, content, **options)
    except runner.Busy:
        raise
    except runner.GaveUp:
        cache.set(key, _GAVE_UP, KEPT)
        raise
    cache.set(key, found, KEPT)
    return found


def _kept(key: str) -> Any:
    found = cache.get(key)
    if found == _GAVE_UP:
        raise runner.GaveUp(key)
    return found


def _whole(request: DashboardRequest, document: Document, limit: int) -> bytes:
    content, is_whole = _head(request, document, limit)
    if not is_whole:
        raise TooLarge(limit)
    return content


def _head(request: DashboardRequest, document: Document, limit: int) -> tuple[bytes, bool]:
    """At most ``limit`` bytes, and whether that is all. The rest is not downloaded."""
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
