"""Times as RAGFlow writes them: naive text in the server's local time."""

from __future__ import annotations

import time


def iso(ms: int | None) -> str | None:
    """`2026-11-21T20:16:38` for epoch milliseconds, None for None."""
    return None if ms is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(ms / 1000))


def spaced(ms: int) -> str:
    """The format of an added chunk: with a blank instead of the T."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms / 1000))


def clock() -> str:
    """The time of day at the start of each line of a parsing log."""
    return time.strftime("%H:%M:%S")
