"""One reader of a running answer: a queue of bytes that are ready to be sent."""

from __future__ import annotations

import queue


class Subscriber:
    """One reader of a live turn, usually a browser."""

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
        """All there is to send, in one piece; b"" when nothing came within ``timeout`` seconds, None at the end.

        Without ``timeout`` it waits, which costs less: no clock is set for each piece.
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
