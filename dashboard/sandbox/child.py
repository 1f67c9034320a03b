"""The process in which a stranger's file is read: started by ``runner.py``, ends with its one answer.

Standard input is a line of JSON, which says what to do, and then the file; standard output is JSON. Everything that
is imported here costs each such process its time: no Django.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import resource
import sys
from typing import Any

from dashboard.sandbox.refusal import Refused

MEGABYTE = 1024 * 1024


def main() -> None:
    """Do the work that standard input asks for."""
    order = json.loads(sys.stdin.buffer.readline())
    _limit(order["seconds"], order["megabytes"])
    module, _, name = order["work"].partition(":")
    work = getattr(importlib.import_module(module), name)
    answer: dict[str, Any]
    try:
        answer = {"answer": work(sys.stdin.buffer.read(), **order["options"])}
    except Refused as refusal:
        answer = {"refused": refusal.reason}
    sys.stdout.write(json.dumps(answer))


def _limit(seconds: float, megabytes: int) -> None:
    """Have the kernel end this process, should the one that waits for it be gone, and let pages go first."""
    wanted = (
        (resource.RLIMIT_AS, megabytes * MEGABYTE),
        (resource.RLIMIT_CPU, math.ceil(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, limit in wanted:
        # A limit may be lower already, and macOS does not know that of memory.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))
    os.nice(5)


if __name__ == "__main__":
    main()
