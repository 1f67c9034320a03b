"""Reads a multipart body in blocks, and writes files to disk as they arrive."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote

BLOCK = 256 * 1024


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class FilePart:
    field: str
    filename: str
    path: Path
    size: int


@dataclass(frozen=True)
class Form:
    fields: dict[str, str]
    files: list[FilePart]

    def discard(self) -> None:
        """Removes the files that were not moved."""
        for part in self.files:
            part.path.unlink(missing_ok=True)


class Malformed(Exception):
    """The body is not a multipart message, or ends before its closing boundary."""


def boundary_of(content_type: str) -> bytes | None:
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    return match.group(1).encode() if match and content_type.startswith("multipart/form-data") else None


def _blocks(source: Source, length: int) -> Iterator[bytes]:
    while length > 0:
        block = source.read(min(BLOCK, length))
        if not block:
            return
        length -= len(block)
        yield block


def _disposition(head: bytes) -> tuple[str, str | None]:
    """(field name, file name or None) of a part's header lines."""
    text = head.decode("utf-8", "replace")
    line = next((x for x in text.split("\r\n") if x.lower().startswith("content-disposition:")), "")
    name = re.search(r'[;\s]name="([^"]*)"', line)
    starred = re.search(r"filename\*=(?:utf-8|UTF-8)''([^;\s]+)", line)
    plain = re.search(r'filename="((?:[^"\\]|\\.)*)"', line)
    filename = None
    if starred:
        filename = unquote(starred.group(1))
    elif plain:
        filename = re.sub(r'\\(["\\])', r"\1", plain.group(1)).replace("%22", '"')
    return (name.group(1) if name else ""), filename


class _Reader:
    def __init__(self, source: Source, length: int, boundary: bytes) -> None:
        self.blocks = _blocks(source, length)
        self.mark = b"\r\n--" + boundary
        self.rest = b"\r\n"  # so that the first boundary looks like the others

    def more(self) -> None:
        block = next(self.blocks, None)
        if block is None:
            raise Malformed("the body ends in the middle of a part")
        self.rest += block

    def to_boundary(self, out: IO[Any] | None) -> int:
        """Copies bytes up to the next boundary and skips it; returns the number of bytes."""
        size, keep = 0, len(self.mark)
        while True:
            at = self.rest.find(self.mark)
            if at >= 0:
                if out:
                    out.write(memoryview(self.rest)[:at])
                self.rest = self.rest[at + keep :]
                return size + at
            spare = len(self.rest) - keep
            if spare > 0:
                if out:
                    out.write(memoryview(self.rest)[:spare])
                size += spare
                self.rest = self.rest[spare:]
            self.more()

    def header(self) -> bytes | None:
        """The next part's header lines; None at the closing boundary."""
        while len(self.rest) < 2:
            self.more()
        if self.rest.startswith(b"--"):
            for _ in self.blocks:
                pass
            return None
        while (at := self.rest.find(b"\r\n\r\n")) < 0:
            self.more()
        head, self.rest = self.rest[:at], self.rest[at + 4 :]
        return head


def read_form(source: Source, length: int, boundary: bytes, folder: Path) -> Form:
    """Reads `length` bytes of a multipart body; files are written to `folder`. Raises Malformed."""
    reader = _Reader(source, length, boundary)
    form = Form({}, [])
    try:
        reader.to_boundary(None)
        while (head := reader.header()) is not None:
            name, filename = _disposition(head)
            handle, place = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as out:
                path = Path(place)
                form.files.append(FilePart(name, filename or "", path, 0))
                size = reader.to_boundary(out)
            form.files.pop()
            if filename is None:
                form.fields[name] = path.read_text("utf-8", "replace")
                path.unlink()
            else:
                form.files.append(FilePart(name, filename, path, size))
    except BaseException:
        form.discard()
        raise
    return form
