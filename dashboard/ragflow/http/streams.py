"""Responses that are read while they are still being sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import requests
import urllib3

from dashboard.ragflow.errors import RAGFlowError, TooLarge
from dashboard.ragflow.http.deadline import Deadline

MB: Final = 1024 * 1024
PIECE: Final = 65536
LARGE_PIECE: Final = MB


class Stream:
    """An open response, read piece by piece as it arrives."""

    def __init__(
        self, response: requests.Response, broken: Callable[[Exception], RAGFlowError], deadline: Deadline
    ) -> None:
        self._response = response
        self._broken = broken
        self._deadline = deadline
        self._closed = threading.Event()
        self._reading = False
        self.headers: Mapping[str, str] = response.headers
        self.content_type = content_type_of(response)

    def read(self) -> bytes:
        """The next bytes as soon as they arrive; b"" at the end or after ``close``."""
        if self._closed.is_set():
            return b""
        self._reading = True
        try:
            # iter_content waits for a full buffer and iter_lines for the next line; read1 waits for neither.
            return self._response.raw.read1(PIECE, decode_content=True) or b""
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if self._closed.is_set():
                return b""
            raise self._broken(error) from None
        except (ValueError, AttributeError):
            # Raised by a response that is closed during a read.
            if self._closed.is_set():
                return b""
            raise
        finally:
            self._reading = False
            if self._closed.is_set():
                self._response.close()

    def drain(self, seconds: float = 2.0) -> None:
        """Read the rest, for at most ``seconds``, so that the server finishes and the connection can be reused."""
        self.end_within(seconds)
        with suppress(RAGFlowError):
            while self.read():
                pass

    def end_within(self, seconds: float) -> None:
        """Require the rest within ``seconds``; after that, ``read`` raises TooSlow."""
        self._deadline.start(seconds)

    def error(self, error: RAGFlowError) -> RAGFlowError:
        """The error with this call's context."""
        return self._broken(error)

    def close(self) -> None:
        """Close the connection, even while another thread is blocked in ``read``."""
        if self._closed.is_set():
            return
        self._closed.set()
        # Wakes a reader in another thread, which closing alone does not do. Fails if everything was read already.
        with suppress(ValueError, RuntimeError, OSError):
            self._response.raw.shutdown()
        # A buffer can't be closed during a read; the reader, now awake, closes it.
        if not self._reading:
            self._response.close()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()


def whole_of(response: requests.Response, most: int) -> bytes:
    """The decompressed body. Raises TooLarge as soon as it exceeds ``most`` bytes, without reading the rest."""
    raw = response.raw
    length = raw.length_remaining
    if length is not None and length <= most and "Content-Encoding" not in response.headers:
        # In one read: a page of documents would take eighty.
        return raw.read(decode_content=True)
    found: list[bytes] = []
    left = most
    while piece := raw.read(min(LARGE_PIECE, left + 1), decode_content=True):
        left -= len(piece)
        if left < 0:
            response.close()
            size = f"{most / MB:.3g} MB" if most >= MB else f"{most} bytes"
            raise TooLarge(f"RAGFlow's response is larger than {size}.", status=response.status_code)
        found.append(piece)
    return found[0] if len(found) == 1 else b"".join(found)


def content_type_of(response: requests.Response) -> str:
    """The Content-Type header; "" if there is none."""
    return response.headers.get("Content-Type", "")
