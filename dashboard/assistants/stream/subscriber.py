"""One subscriber of a running answer: a queue of bytes ready to send."""

from __future__ import annotations

import queue


class Subscriber:
    """One subscriber of a running answer, usually a browser. ``behind``: it misses writes and needs a summary."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = False
        self.behind = False

    def put(self, data: bytes | None) -> None:
        self._queue.put(data)

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def read(self, timeout: float | None = None) -> bytes | None:
        """Everything queued, in one piece; b"" if nothing arrived within ``timeout`` seconds, None at the end.

        Without ``timeout`` it blocks, which is cheaper because no timer is needed.
        """
        if self._ended:
            return None
        try:
            piece = self._queue.get(timeout=timeout)
        except queue.Empty:
            return b""
        if piece is None:
            self._ended = True
            return None
        if self._queue.empty():
            return piece
        pieces = [piece]
        while True:
            try:
                piece = self._queue.get_nowait()
            except queue.Empty:
                break
            if piece is None:
                self._ended = True
                break
            pieces.append(piece)
        return b"".join(pieces)
