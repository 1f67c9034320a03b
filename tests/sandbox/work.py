"""Work for the sandbox that does what no honest work would."""

from __future__ import annotations

import os
import sys
import time

from dashboard.sandbox.refusal import Refused


def sleep(content: bytes, *, seconds: float) -> int:
    time.sleep(seconds)
    return len(content)


def spin(_content: bytes) -> None:
    while True:
        pass


def take_memory(_content: bytes) -> int:
    return len(bytearray(4 * 1024**3))


def stumble(_content: bytes) -> None:
    raise ZeroDivisionError


def refuse(_content: bytes, *, reason: str) -> None:
    raise Refused(reason)


def surroundings(_content: bytes) -> dict[str, list[str]]:
    return {"environment": sorted(os.environ), "modules": sorted(sys.modules)}
