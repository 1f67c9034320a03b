"""The state of the control endpoint. One process serves all requests, so plain variables suffice."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset({
    "slow", "error500", "html", "half_json", "data_false", "code", "unauthorized", "drop", "cut_stream",
    "no_final_frame", "no_terminator", "stall", "error_answer", "error_midway", "answer", "think", "think_twice",
    "unordered",
})  # fmt: skip
release = os.environ.get("STANDIN_RELEASE", "0.27")
frame_delay = float(os.environ.get("STANDIN_FRAME_DELAY", "0.03"))


@dataclass
class Fault:
    """A fault for requests whose method and path match; `times` counts down, None means for ever.

    `after`: the number of frames of a stream that still arrive before it is cut or stalls.
    """

    kind: str
    method: str | None = None
    path: str = ""
    key: str | None = None
    seconds: float = 0.0
    times: int | None = None
    after: int = 1
    code: int = 102
    message: str = "The stand-in was told to refuse this."
    id: int = field(default_factory=time.monotonic_ns)

    def fits(self, method: str, path: str, key: str) -> bool:
        if self.times == 0 or (self.method and self.method != method) or (self.key and self.key != key):
            return False
        return re.search(self.path, path) is not None


faults: list[Fault] = []
requests: deque[dict[str, Any]] = deque(maxlen=50_000)
_lock = threading.Lock()


def fault_for(method: str, path: str, key: str) -> Fault | None:
    """The first matching fault, counted down."""
    with _lock:
        for fault in faults:
            if fault.fits(method, path, key):
                if fault.times is not None:
                    fault.times -= 1
                return fault
    return None


def record(entry: dict[str, Any]) -> None:
    """Remembers a received request."""
    requests.append(entry)
