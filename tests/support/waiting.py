"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 30, pause: float = 0.1) -> None:
    """Returns as soon as ``true()`` is; fails when that takes longer than ``seconds``."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"still not true after {seconds} s"
        time.sleep(pause)
