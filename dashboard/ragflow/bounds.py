"""Limits on the duration and size of responses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a connection, for the response to a read or a write, and between two pieces of a stream.

    ``whole`` limits a plain response from the first wait to its last byte, unless the timeout of its kind is longer.
    Streams and downloads may take any time.
    """

    connect: float = 5.0
    read: float = 20.0
    write: float = 90.0
    stream: float = 600.0
    upload: float = 600.0
    whole: float = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The maximum size of a decompressed response in bytes: for JSON, and for anything else read as a whole."""

    json: int = 64 * 1024 * 1024
    text: int = 8 * 1024 * 1024
