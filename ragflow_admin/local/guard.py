"""Ends process groups when their supervisor is gone, however it went.

Run as a script of its own by ``ragflow_admin.local.processes``. It reads the numbers of process groups from standard
input; the other end of that pipe is held by the supervisor alone, so that the input ends exactly when the supervisor
does, even when it was killed with no chance to say anything. A line ``done`` means that all of them have ended.
Works the same on Linux and macOS.
"""

from __future__ import annotations

import os
import signal
import sys
import time

SECONDS_TO_END_BY_THEMSELVES = 5.0


def main() -> None:
    """Wait for the end of standard input, then end what is left."""
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
    """Sends a signal to a group; False when there is no such group any more."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
