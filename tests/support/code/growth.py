"""Whether work grows with its text, or faster: twice the text may take at most two and a half times as long."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

Text = TypeVar("Text", str, bytes)

LONGEST = 20_000
MOST = 2.5
# Seconds of processor below which nothing is compared: what is quadratic takes many times as long.
FLOOR = 0.02
# Seconds that an eighth of the longest text may take; what takes longer need not be tried on all of it.
PATIENCE = 1.0


def too_fast(work: Callable[[Text], object], part: Text) -> str:
    """What is wrong with how ``work`` grows on ``part`` repeated up to 20,000 characters; "" when nothing is.

    Counts the time of the processor in this thread, so a busy machine does not matter, and the least of several runs.
    """
    if (eighth := _took(work, part, LONGEST // 8)) > PATIENCE:
        return f"{LONGEST // 8} characters take {eighth:.3f} s"
    now = _took(work, part, LONGEST)
    if now < FLOOR:
        return ""
    half = _took(work, part, LONGEST // 2)
    # What grows too fast does so each time; once or twice, a busy machine looks like it.
    for _attempt in range(3):
        if now <= MOST * half:
            return ""
        now = min(now, _took(work, part, LONGEST))
        half = median(_took(work, part, LONGEST // 2) for _ in range(2))
    return f"{LONGEST} characters take {now:.3f} s, half of them {half:.3f} s"


def _took(work: Callable[[Text], object], part: Text, size: int) -> float:
    # A last sign that is like no other: many a pattern fails only there, and then tries again from the next place.
    text = part * (size // len(part)) + (b"\x01" if isinstance(part, bytes) else "\x01")
    # Looking for garbage takes time that has nothing to do with the text.
    gc.disable()
    try:
        started = time.thread_time()
        work(text)
        return time.thread_time() - started
    finally:
        gc.enable()
