"""Identifies this process, and tells whether another process on this machine has ended.

The processes of a container or machine share a PID namespace, which Linux can name. About processes in another
namespace nothing is known: they may be alive.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

PROC = Path("/proc")


def current() -> str:
    """The name of this process: PID namespace, PID, and start time, since PIDs are reused."""
    return _name(os.getpid())


def is_gone(name: str) -> bool:
    """Whether the process with that name has ended for certain."""
    table, _, rest = name.partition("/")
    number, _, began = rest.partition("/")
    return bool(began) and table == _table() and number.isdigit() and _began(int(number)) != began


@cache
def _name(number: int) -> str:
    return f"{_table()}/{number}/{_began(number)}"


@cache
def _table() -> str:
    """The name of the PID namespace, which changes with every boot; "" if unknown."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _began(number: int) -> str:
    """The start time of a process, in clock ticks since boot; "" if it is not running."""
    try:
        status = (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The program name precedes the fields in parentheses and may contain anything.
    fields = status.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in ("Z", "X") else ""
