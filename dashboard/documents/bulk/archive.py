"""Many documents as one zip, made while it is sent: nothing is kept, and one document that fails spoils nothing."""

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
# A zip of PDFs and pictures gains nothing by compression, and it would cost a core.
STORED: Final = ZIP_STORED
NAME_BYTES: Final = 200
# So many in a row without an answer, and the rest is not tried.
SILENCES: Final = 3
RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def names(documents: Iterable[Document]) -> list[str]:
    """A file name for each that is safe on every system, none of them twice.

    Not in another case or Unicode form of its letters either: many file systems take that for the same name.
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
    """The name without what could lead out of a folder, be refused by a system, or deceive who reads it."""
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
    """The bytes of the zip, one block at a time. Close it, and what is being fetched is given up.

    ``open_first`` raises the error that says RAGFlow cannot be asked, before anything is sent.
    """

    def __init__(self, ragflow: RAGFlow, documents: Sequence[Document]) -> None:
        self._ragflow = ragflow
        self._documents = list(zip(names(documents), documents, strict=True))
        self._failures: list[str] = []
        self._current: Download | None = None
        self._silences = 0

    def open_first(self) -> None:
        """Fetch the first document, so that a server that is down is an error page and no zip of failures."""
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
                head = _("These documents are not in the archive, or not as a whole:")
                zipped.add("\r\n".join([head, "", *self._failures, ""]).encode("utf-8-sig"), FAILED)
            yield from zipped.finalize()
        finally:
            self.close()

    def close(self) -> None:
        """Give up what is being fetched."""
        if self._current is not None:
            self._current.close()
            self._current = None

    def _open(self, document: Document) -> Download | None:
        if self._silences >= SILENCES:
            self._failed(document, _("Not tried any more: RAGFlow does not answer."))
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
            said = ngettext("It broke off after %(n)s byte: %(why)s", "It broke off after %(n)s bytes: %(why)s", size)
            self._failed(document, said % {"n": size, "why": error.message})
            return
        if opened.size is not None and size != opened.size:
            said = ngettext(
                "It broke off after %(n)s of %(all)s byte.", "It broke off after %(n)s of %(all)s bytes.", opened.size
            )
            self._failed(document, said % {"n": size, "all": opened.size})

    def _failed(self, document: Document, reason: str) -> None:
        name = "".join(char for char in document.name if unicodedata.category(char)[0] != "C")
        self._failures.append(f"{name}: {' '.join(reason.split())}")
