"""Which process this is, and whether another one of this machine is still there.

The processes of a container or a machine share a table of process ids, which Linux can name. Of a process of another
table nothing can be said: it may be alive.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

PROC = Path("/proc")


def current() -> str:
    """The name of this process: its table, its number there, and when it began, since numbers are used again."""
    return _name(os.getpid())


def is_gone(name: str) -> bool:
    """Whether the process of that name has certainly ended."""
    table, _, rest = name.partition("/")
    number, _, began = rest.partition("/")
    return bool(began) and table == _table() and number.isdigit() and _began(int(number)) != began


@cache
def _name(number: int) -> str:
    return f"{_table()}/{number}/{_began(number)}"


@cache
def _table() -> str:
    """The name of the table of processes, new with every start of the machine; "" where there is no telling."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _began(number: int) -> str:
    """When the process of this number began, in ticks since the machine did; "" for none that runs."""
    try:
        status = (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program, which may hold anything, is in brackets before them.
    fields = status.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in ("Z", "X") else ""
