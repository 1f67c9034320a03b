"""Receiving a file: checks before reading it, the stream, and verification if RAGFlow did not respond."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.names import without_blank_end
from dashboard.ragflow.types import Dataset, Document

MB: Final = 1024 * 1024
# Larger files are stored, but not parsed (contract §4).
PARSED_UP_TO: Final = 128 * MB
NAME_BYTES: Final = 255
# The extensions that RAGFlow 0.24 accepts (contract §9.1).
SUFFIXES: Final = frozenset(
    """
    pdf msg eml doc docx ppt pptx yml xml htm html json jsonl ldjson csv txt ini xls xlsx wps rtf hlp pages numbers key
    md mdx py js java c cpp h php go ts sh cs kt sql
    wav flac ape alac wv wavpack mp3 aac ogg vorbis opus
    jpg jpeg png tif tiff gif pcx tga exif fpx svg psd cdr pcd dxf ufo eps ai raw wmf webp avif apng icon ico bmp
    mp4 avi mkv mpg mpeg mov wmv flv
    """.split()  # noqa: SIM905
)
DATASET_KEPT: Final = 60
# The tolerated clock difference between the servers when looking for a file that was just sent.
CLOCKS_DIFFER: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class Refusal:
    """Why a file is rejected, with the HTTP status."""

    status: int
    reason: str


def limit() -> int:
    """The largest file size in bytes."""
    return settings.UPLOAD_MAX_MB * MB


def refusal(name: str, length: str | None) -> Refusal | None:
    """Why a file called ``name`` with the Content-Length ``length`` is rejected; None if it is accepted."""
    if not name.strip():
        return Refusal(422, _("The file has no name."))
    if len(name.encode()) > NAME_BYTES:
        return Refusal(422, _("The name is longer than 255 bytes. Rename the file."))
    seen = without_blank_end(name)
    suffix = seen.rpartition(".")[2].lower() if "." in seen else ""
    if suffix not in SUFFIXES:
        kind = f".{suffix}" if suffix else _("files without an extension")
        return Refusal(415, _("RAGFlow doesn't accept %(kind)s.") % {"kind": kind})
    if name != seen:
        # RAGFlow would treat the space as part of the extension.
        words = _("The name ends in a space or an invisible character after “.%(ending)s”. Rename the file.")
        return Refusal(422, words % {"ending": suffix})
    if not length or not length.isascii() or not length.isdigit():
        return Refusal(411, _("The request has no Content-Length."))
    if int(length) == 0:
        return Refusal(422, _("The file is empty, so there is nothing to parse."))
    if int(length) > limit():
        return Refusal(413, _("The file is larger than %(limit)d MB.") % {"limit": settings.UPLOAD_MAX_MB})
    return None


class Body:
    """The raw body of a request, streamed in the blocks that its reader requests, never buffered."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def read(self, size: int, /) -> bytes:
        """At most the next ``size`` bytes; b"" at the end. Raises UnreadablePostError (an OSError) on a disconnect."""
        block: bytes = self._request.read(size)
        return block


def dataset(ragflow: RAGFlow, server: Server, dataset_id: str) -> Dataset:
    """The dataset, read at most once a minute whatever the number of files. Raises NotFound if it is inaccessible.

    RAGFlow 0.24 itself stores files into any dataset id without checking (contract §9.1).
    """
    key = f"{server.cache_key}:dataset:{dataset_id}"
    found: Dataset | None = cache.get(key)
    if found is None:
        found = ragflow.datasets.get(dataset_id)
        cache.set(key, found, DATASET_KEPT)
    return found


def find_stored(ragflow: RAGFlow, dataset_id: str, name: str, size: int, since: datetime) -> Document | None:
    """The document created by an upload without a response; None if there is none.

    It has this size, this name or RAGFlow's variant of it (``name(1).txt``), and was stored after ``since``.
    """
    stem, dot, suffix = name.rpartition(".")
    pattern = re.compile(re.escape(stem if dot else name) + r"(\(\d+\))?" + re.escape(dot + suffix if dot else ""))
    found = ragflow.documents.list(dataset_id, page=1, page_size=100, keywords=stem or name)
    candidates = [
        document
        for document in found
        if document.size == size
        and pattern.fullmatch(document.name)
        and document.created_at
        and document.created_at >= since - CLOCKS_DIFFER
    ]
    return max(candidates, key=lambda document: document.created_at or since, default=None)


def store(ragflow: RAGFlow, into: Dataset, name: str, body: Body, size: int) -> tuple[str, str, bool]:
    """Stream the file to RAGFlow; returns (id, stored name, whether RAGFlow confirmed it).

    If RAGFlow did not respond, the list is read, and the error is raised only if the file is not in it.
    """
    since = datetime.now(UTC)
    try:
        stored = ragflow.documents.upload(into, name, body, size)
    except errors.RAGFlowError as error:
        if not error.maybe_done:
            raise
        found = find_stored(ragflow, into.id, name, size, since)
        if found is None:
            raise
        return found.id, found.name, False
    return stored.id, stored.name, True
