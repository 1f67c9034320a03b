"""A file as a multipart body, generated while it is sent, so that it is never completely in memory."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final, Protocol

from dashboard.ragflow.errors import UploadAborted

# Gunicorn reads blocks of this size, and copies the remainder of smaller ones each time: passing on 300 MB takes 1.5 s
# of processor time in blocks of 64 KB, and 0.45 s in blocks of 1 MB.
BLOCK: Final = 1024 * 1024


class Readable(Protocol):
    """Anything that can be read in blocks, such as a request body or an open file."""

    def read(self, size: int, /) -> bytes: ...


class FileBody:
    """A body with one part ``file``: ``name``, and ``size`` bytes from ``stream``. Can be iterated once.

    It has a length and an iterator but no ``read``, because a readable body would be sent in blocks of 16 KB.
    """

    def __init__(self, name: str, stream: Readable, size: int) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._stream = stream
        self._size = size
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{quoted(name)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left:
            try:
                block = self._stream.read(min(BLOCK, left))
            except OSError as error:
                # Our OSError would be mistaken for one of the upstream connection.
                raise UploadAborted(f"The file could not be read completely: {type(error).__name__}.") from None
            if not block:
                raise UploadAborted(f"The file ended {left} bytes before its announced size of {self._size}.")
            left -= len(block)
            yield block
        yield self._tail


def plain_name(name: str) -> str:
    """The last part of a path, stripped, with control characters replaced by blanks."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(" " if character < " " or character == "\x7f" else character for character in last).strip()


def quoted(name: str) -> str:
    """A name escaped for a quoted string. RAGFlow's parser reads backslash escapes and UTF-8."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
