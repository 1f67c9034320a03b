"""Downloads of stored files."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message as EmailMessage
from urllib.parse import unquote

from dashboard.ragflow.http.streams import Stream
from dashboard.ragflow.transfer.multipart import plain_name


class Download:
    """A stored file being downloaded. Iterate it once; close it, or use it as a context manager."""

    def __init__(self, name: str, size: int | None, content_type: str, stream: Stream) -> None:
        self.name = name
        self.size = size
        self.content_type = content_type
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._stream.read():
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Return the connection to the pool, or close it if the file was not read completely."""
        self._stream.close()

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def file_name(disposition: str) -> str:
    """The file name in a Content-Disposition header, where RAGFlow puts raw UTF-8."""
    if not disposition:
        return ""
    message = EmailMessage()
    message["Content-Disposition"] = disposition.encode("latin-1", "replace").decode("utf-8", "replace")
    name = message.get_filename() or ""
    return plain_name(unquote(name) if "filename*" in disposition else name)
