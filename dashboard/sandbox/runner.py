"""Processes untrusted files in a separate process with a deadline and a memory limit.

A web worker serves all its requests in one thread, so a second of computation blocks every page for that second, and
a small file can be crafted to take minutes. Code that reads uploaded files and cannot guarantee to finish within 0.2 s
runs here. Other requests continue meanwhile, since gevent makes ``subprocess`` cooperative.

The process has access to the file only: no settings, keys or passwords. It costs 15 ms plus its imports.
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
# Per web worker. More would not be faster on typical machines, and each may use its full memory limit.
AT_ONCE: Final = 2
WAIT = 3.0
_ROOT: Final = Path(__file__).parents[2]
# The environment variables that Python may need to start; no others are passed on.
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_free: Final = threading.BoundedSemaphore(AT_ONCE)
logger = logging.getLogger(__name__)


class GaveUp(Exception):
    """The task exceeded its time or memory limit."""


class Busy(GaveUp):
    """Too many tasks are running; the same task may succeed in a moment."""


def run(work: str, content: bytes, **options: Any) -> Any:
    """Call a function of a module without Django imports, ``"dashboard.area.module:function"``, in the sandbox.

    It gets the content and the options; options and result must be JSON-serialisable. Raises Refused if the function
    does, GaveUp if it exceeded ``SECONDS`` or ``MEGABYTES`` or crashed, and Busy if no process was available.
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
        logger.warning("%s took more than %s s and was killed (%s bytes)", work, SECONDS, len(content))
        raise GaveUp(work) from None
    except subprocess.CalledProcessError as error:
        # The last line of a traceback; a process killed by the kernel leaves none.
        said = error.stderr.decode(errors="replace").strip().rpartition("\n")[2][:300]
        logger.warning("%s exited with status %s (%s bytes): %s", work, error.returncode, len(content), said)
        raise GaveUp(work) from None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
