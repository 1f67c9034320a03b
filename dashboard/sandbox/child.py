"""The sandboxed process that reads an untrusted file. Started by ``runner.py``, it exits after one answer.

Standard input is a line of JSON with the task, followed by the file; standard output is JSON. Imports add to the
start-up time of every such process, so there is no Django here.
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
    """Run the task given on standard input."""
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
    """Have the kernel kill this process if its parent dies, and lower its priority below that of pages."""
    wanted = (
        (resource.RLIMIT_AS, megabytes * MEGABYTE),
        (resource.RLIMIT_CPU, math.ceil(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, limit in wanted:
        # A limit may already be lower, and macOS has no memory limit.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))
    os.nice(5)


if __name__ == "__main__":
    main()
