"""Streams many documents as one zip: nothing is stored, and a failed document does not break the archive."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from zipstream import ZIP_STORED, ZipStream

from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.names import folded
from dashboard.ragflow.transfer.downloads import Download
from dashboard.ragflow.types import Document

MOST: Final = 2000
MOST_BYTES: Final = 20 * 1024**3
FAILED: Final = "_failed.txt"
# Uncompressed: PDFs and images gain nothing from compression, which would occupy a core.
STORED: Final = ZIP_STORED
NAME_BYTES: Final = 200
# After this many failures in a row, the rest is not tried.
SILENCES: Final = 3
RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def names(documents: Iterable[Document]) -> list[str]:
    """A unique file name for each document that is safe on every system.

    Names also differ in more than case or Unicode form, which many file systems treat as equal.
    """
    taken = {FAILED}
    numbers: dict[str, int] = {}
    found = []
    for document in documents:
        name = safe_name(document.name)
        stem, dot, suffix = name.rpartition(".")
        stem, end = (stem, dot + suffix) if stem else (name, "")
        wanted = folded(name)
        while folded(name) in taken:
            numbers[wanted] = numbers.get(wanted, 1) + 1
            name = f"{stem} ({numbers[wanted]}){end}"
        taken.add(folded(name))
        found.append(name)
    return found


def safe_name(name: str) -> str:
    """The name without path separators, characters that systems reject, and deceptive characters."""
    kept = "".join("_" if char in '/\\:*?"<>|' else char for char in name if unicodedata.category(char)[0] != "C")
    kept = kept.strip(" .") or "document"
    if RESERVED.fullmatch(kept):
        kept = f"_{kept}"
    stem, dot, suffix = kept.rpartition(".")
    if not stem or len(suffix) > 10:
        stem, dot, suffix = kept, "", ""
    room = NAME_BYTES - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


class Archive:
    """The zip as an iterator of blocks. Closing it aborts the current download.

    ``open_first`` raises the error if RAGFlow is unavailable, before anything is sent.
    """

    def __init__(self, ragflow: RAGFlow, documents: Sequence[Document]) -> None:
        self._ragflow = ragflow
        self._documents = list(zip(names(documents), documents, strict=True))
        self._failures: list[str] = []
        self._current: Download | None = None
        self._silences = 0

    def open_first(self) -> None:
        """Start the first download, so that a server that is down gives an error page instead of a zip of failures."""
        if self._documents:
            _name, document = self._documents[0]
            try:
                self._current = self._ragflow.documents.download(document)
            except (errors.NotFound, errors.Rejected, errors.ServerError, errors.InvalidResponse):
                self._current = None

    def __iter__(self) -> Iterator[bytes]:
        zipped = ZipStream(compress_type=STORED)
        try:
            for name, document in self._documents:
                opened = self._current or self._open(document)
                if opened is None:
                    continue
                self._current = opened
                zipped.add(self._bytes(opened, document), name)
                yield from zipped.all_files()
                opened.close()
                self._current = None
            if self._failures:
                head = _("These documents are missing from the archive or incomplete:")
                zipped.add("\r\n".join([head, "", *self._failures, ""]).encode("utf-8-sig"), FAILED)
            yield from zipped.finalize()
        finally:
            self.close()

    def close(self) -> None:
        """Abort the current download."""
        if self._current is not None:
            self._current.close()
            self._current = None

    def _open(self, document: Document) -> Download | None:
        if self._silences >= SILENCES:
            self._failed(document, _("Not attempted: RAGFlow is not responding."))
            return None
        try:
            opened = self._ragflow.documents.download(document)
        except errors.RAGFlowError as error:
            self._silences = self._silences + 1 if isinstance(error, errors.Unreachable) else 0
            self._failed(document, error.message)
            return None
        self._silences = 0
        return opened

    def _bytes(self, opened: Download, document: Document) -> Iterator[bytes]:
        size = 0
        try:
            for block in opened:
                size += len(block)
                yield block
        except errors.RAGFlowError as error:
            said = ngettext("Interrupted after %(n)s byte: %(why)s", "Interrupted after %(n)s bytes: %(why)s", size)
            self._failed(document, said % {"n": size, "why": error.message})
            return
        if opened.size is not None and size != opened.size:
            said = ngettext(
                "Interrupted after %(n)s of %(all)s byte.", "Interrupted after %(n)s of %(all)s bytes.", opened.size
            )
            self._failed(document, said % {"n": size, "all": opened.size})

    def _failed(self, document: Document, reason: str) -> None:
        name = "".join(char for char in document.name if unicodedata.category(char)[0] != "C")
        self._failures.append(f"{name}: {' '.join(reason.split())}")
