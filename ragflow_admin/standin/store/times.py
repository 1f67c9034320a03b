"""Times as RAGFlow writes them: naive text in the server's local time. Ids too, which are made of the time."""

from __future__ import annotations

import random
import time
import uuid

_NODE = random.SystemRandom().getrandbits(47) | (1 << 40)


def new_id() -> str:
    """A new id: 32 hex digits of a version 1 UUID, the only kind that RAGFlow's dataset routes accept."""
    return uuid.uuid1(node=_NODE).hex


def now_ms() -> int:
    """Epoch milliseconds, the unit of every `*_time` column."""
    return time.time_ns() // 1_000_000


def iso(ms: int | None) -> str | None:
    """`2026-11-21T20:16:38` for epoch milliseconds, None for None."""
    return None if ms is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(ms / 1000))


def spaced(ms: int) -> str:
    """The format of an added chunk: with a blank instead of the T."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(ms / 1000))


def clock() -> str:
    """The time of day at the start of each line of a parsing log."""
    return time.strftime("%H:%M:%S")
