"""Work on a stranger's file in a process of its own, with a deadline and a limit of memory.

A web worker serves everybody in one thread: what computes for a second stops all pages for that second, and a small
file can be made to take minutes. So whatever reads files that people uploaded, and cannot promise to be done within
0.2 s, runs here. Waiting for it lets other requests go on, since gevent makes ``subprocess`` cooperative.

The process knows nothing but the file: no settings, no key, no password. It costs 15 ms, and what it imports.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from dashboard.sandbox.refusal import Refused

SECONDS = 3.0
MEGABYTES = 512
# In one web worker. More would not be faster on the machines this runs on, and each may take its megabytes.
AT_ONCE: Final = 2
WAIT = 3.0
_ROOT: Final = Path(__file__).parents[2]
# What Python itself may need in order to start; nothing else of the environment is handed on.
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_free: Final = threading.BoundedSemaphore(AT_ONCE)
logger = logging.getLogger(__name__)


class GaveUp(Exception):
    """The work took more time or memory than it may have."""


class Busy(GaveUp):
    """Too much of such work is under way; the same may well be done in a moment."""


def run(work: str, content: bytes, **options: Any) -> Any:
    """The answer of a function of a module that imports no Django, ``"dashboard.area.module:function"``.

    It is called with the content and the options; options and answer are what JSON can hold. Raises Refused as the
    function does, GaveUp when it took more than ``SECONDS`` or ``MEGABYTES`` or failed, and Busy when there was no
    turn for it.
    """
    if not _free.acquire(timeout=WAIT):
        raise Busy(work)
    try:
        answer = _answer(work, content, options)
    finally:
        _free.release()
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["answer"]


def _answer(work: str, content: bytes, options: dict[str, Any]) -> dict[str, Any]:
    order = {"work": work, "seconds": SECONDS, "megabytes": MEGABYTES, "options": options}
    try:
        done = subprocess.run(
            [sys.executable, "-X", "utf8", "-m", "dashboard.sandbox.child"],
            input=json.dumps(order).encode() + b"\n" + content,
            capture_output=True,
            timeout=SECONDS,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            check=True,
        )
    except subprocess.TimeoutExpired:
        logger.warning("%s took more than %s s and was ended (%s bytes)", work, SECONDS, len(content))
        raise GaveUp(work) from None
    except subprocess.CalledProcessError as error:
        # The last line of a traceback; a process that the kernel ended says nothing.
        said = error.stderr.decode(errors="replace").strip().rpartition("\n")[2][:300]
        logger.warning("%s ended with status %s (%s bytes): %s", work, error.returncode, len(content), said)
        raise GaveUp(work) from None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
