"""How long an answer may take as a whole.

A timeout bounds the wait for the next bytes, so a server that sends one byte every few seconds is never late. A
deadline is looked at before each wait, in the head of the answer as well as in its body.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, cast

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """The end of one answer: ``seconds`` after the first wait for it. None, as after ``lift``, sets no end."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._end: float | None = None
        self.has_begun = False

    @property
    def seconds(self) -> float | None:
        """How long the answer may take."""
        return self._seconds

    @property
    def is_overrun(self) -> bool:
        """Whether the answer had begun to come but was not there as a whole in time."""
        return self.has_begun and self._end is not None and time.monotonic() >= self._end

    def left(self) -> float | None:
        """Seconds until the end, counted from the first call of this; None when there is none."""
        if self._seconds is None:
            return None
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        return self._end - time.monotonic()

    def start(self, seconds: float) -> None:
        """So many seconds from now."""
        self._seconds, self._end = seconds, time.monotonic() + seconds

    def lift(self) -> None:
        """No end any more: what follows is a stream."""
        self._seconds = self._end = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Answers whose head arrives within the block have this deadline, in their body, too."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


class WatchedAnswer(http.client.HTTPResponse):
    """An answer that looks at its deadline before each wait."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        deadline = _current.get()
        # Of a socket, an answer asks for nothing but the file to read from.
        watched = sock if deadline is None else cast("socket.socket", _WatchedSocket(sock, deadline))
        super().__init__(watched, *args, **kwargs)


class _WatchedSocket:
    """Opens a socket's bytes as a file that looks at a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(_Watched(self._sock.makefile(mode, buffering=0), self._sock, self._deadline))


class _Watched(io.RawIOBase):
    """The bytes of a socket as they come. TimeoutError at the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._each = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.left()
        if left is not None:
            if left <= 0:
                raise TimeoutError("the answer was not there as a whole in time")
            self._sock.settimeout(left if self._each is None else min(self._each, left))
        count: int | None = self._raw.readinto(buffer)
        self._deadline.has_begun = True
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
