"""Whether work grows with its text, or faster: twice the text may take at most two and a half times as long."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

Text = TypeVar("Text", str, bytes)

LONGEST = 100_000
MOST = 2.5
# Seconds of processor below which nothing is compared: what is quadratic takes many times as long.
FLOOR = 0.05
REPEATS = 3


def too_fast(work: Callable[[Text], object], part: Text) -> str:
    """What is wrong with how ``work`` grows on ``part`` repeated up to 100,000 characters; "" when nothing is.

    Counts the time of the processor in this thread, so a busy machine does not matter, and the least of several runs.
    """
    # The longest at once where an eighth of it takes next to no time; else step by step, lest it take minutes.
    sizes = (
        [LONGEST]
        if _took(work, part, LONGEST // 8) < FLOOR / 20
        else [LONGEST // 8, LONGEST // 4, LONGEST // 2, LONGEST]
    )
    for size in sizes:
        now = _took(work, part, size)
        if now < FLOOR or now <= MOST * _took(work, part, size // 2):
            continue
        # What grows too fast does so each time; once or twice, a busy machine looks like it.
        for _attempt in range(4):
            now = min(now, *(_took(work, part, size) for _ in range(REPEATS)))
            half = median(_took(work, part, size // 2) for _ in range(REPEATS))
            if now <= MOST * half:
                break
        else:
            return f"{size} characters take {now:.3f} s, half of them {half:.3f} s"
    return ""


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
