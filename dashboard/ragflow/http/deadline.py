"""Deadlines for whole responses.

A timeout limits the wait for the next bytes, so a server that sends one byte every few seconds never times out. A
deadline is checked before each wait, for the head of the response as well as its body.
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
    """The deadline of one response: ``seconds`` after the first wait. None, as after ``lift``, means no deadline."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._end: float | None = None
        self.has_begun = False

    @property
    def seconds(self) -> float | None:
        """How long the response may take."""
        return self._seconds

    @property
    def is_overrun(self) -> bool:
        """Whether the response began but was not complete in time."""
        return self.has_begun and self._end is not None and time.monotonic() >= self._end

    def left(self) -> float | None:
        """Seconds left, counted from the first call of this method; None if there is no deadline."""
        if self._seconds is None:
            return None
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        return self._end - time.monotonic()

    def start(self, seconds: float) -> None:
        """Set the deadline to ``seconds`` from now."""
        self._seconds, self._end = seconds, time.monotonic() + seconds

    def lift(self) -> None:
        """Remove the deadline, because a stream follows."""
        self._seconds = self._end = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Apply this deadline to responses that start within the block, including their bodies."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


class WatchedAnswer(http.client.HTTPResponse):
    """A response that checks its deadline before each wait."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        deadline = _current.get()
        # HTTPResponse uses only the socket's makefile.
        watched = sock if deadline is None else cast("socket.socket", _WatchedSocket(sock, deadline))
        super().__init__(watched, *args, **kwargs)


class _WatchedSocket:
    """A socket whose file checks a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(_Watched(self._sock.makefile(mode, buffering=0), self._sock, self._deadline))


class _Watched(io.RawIOBase):
    """The bytes of a socket. Raises TimeoutError at the deadline."""

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
                raise TimeoutError("the response was not complete in time")
            self._sock.settimeout(left if self._each is None else min(self._each, left))
        count: int | None = self._raw.readinto(buffer)
        self._deadline.has_begun = True
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
