"""Kills process groups after their supervisor has ended in any way.

Run as a separate script by ``ragflow_admin.local.processes``. It reads process group ids from standard input. Only the
supervisor holds the other end of the pipe, so the input ends exactly when the supervisor does, even if it was killed.
A line ``done`` means that all groups have ended. Works on Linux and macOS.
"""

from __future__ import annotations

import os
import signal
import sys
import time

SECONDS_TO_END_BY_THEMSELVES = 5.0


def main() -> None:
    """Wait for the end of standard input, then kill the remaining groups."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        if line.strip() == "done":
            groups.clear()
        else:
            groups.append(int(line))
    groups = [group for group in groups if send(group, signal.SIGTERM)]
    deadline = time.monotonic() + SECONDS_TO_END_BY_THEMSELVES
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = [group for group in groups if send(group, 0)]
    for group in groups:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a group; False if it no longer exists."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
