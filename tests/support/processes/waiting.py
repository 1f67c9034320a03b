"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 30, pause: float = 0.1, *, what: str = "") -> T:
    """The value of ``condition()`` as soon as it is true. Fails after ``seconds``, naming ``what`` was awaited."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"did not happen within {seconds} s: {what or condition}"
        time.sleep(pause)
    return found
