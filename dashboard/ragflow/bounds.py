"""How long an answer may take, and how large it may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait: for a connection, for an answer to a read, to a write, between two pieces of a stream.

    ``whole`` bounds a plain answer from the first wait for it to its last byte, unless the timeout of its kind is
    longer. Streams and downloads take the time they take.
    """

    connect: float = 5.0
    read: float = 20.0
    write: float = 90.0
    stream: float = 600.0
    upload: float = 600.0
    whole: float = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes that an answer may have, unpacked: as JSON, and as anything else that is read as a whole."""

    json: int = 64 * 1024 * 1024
    text: int = 8 * 1024 * 1024
