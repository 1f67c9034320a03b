"""The chunks of a chunked answer, taken apart as they come (RFC 9112 §7.1): bytes in, bytes out."""

from __future__ import annotations

from typing import Final

from dashboard.ragflow.errors import InvalidResponse

LONGEST_LINE: Final = 8192


class Chunks:
    """Cut anywhere, joined again. ``has_ended`` once the last chunk and the lines after it have come."""

    def __init__(self) -> None:
        self._rest = b""
        # What is left of a chunk, with the line end that closes it.
        self._left = 0
        self._last = False
        self._ended = False

    def has_ended(self) -> bool:
        """Whether nothing more belongs to this answer."""
        return self._ended

    def feed(self, data: bytes) -> bytes:
        """What the chunks in ``data`` hold, all of them in one piece. Raises InvalidResponse for what is no chunk."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        found: list[bytes] = []
        at = 0
        while at < len(data) and not self._ended:
            if self._left:
                end = at + self._left
                found.append(data[at : max(at, end - 2)])
                at, self._left = min(end, len(data)), max(0, end - len(data))
                continue
            end = data.find(b"\r\n", at)
            if end < 0:
                self._rest = data[at:]
                if len(self._rest) > LONGEST_LINE:
                    raise InvalidResponse("RAGFlow sent a stream that cannot be read.")
                break
            self._line(data[at:end])
            at = end + 2
        return found[0] if len(found) == 1 else b"".join(found)

    def _line(self, line: bytes) -> None:
        if self._last:
            self._ended = not line
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if size < 0:
            raise InvalidResponse("RAGFlow sent a stream that cannot be read.")
        if size:
            self._left = size + 2
        else:
            self._last = True
