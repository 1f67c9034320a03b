"""Keeps SQLite's write-ahead log where it is.

The last connection that closes removes the log, and the next one has to make it again. On a full disk that fails, and
then not even a session could be read. One connection that stays open and idle in a web worker prevents it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_held: list[sqlite3.Connection] = []


def hold(database: Mapping[str, Any]) -> None:
    """Hold the log of ``database``, an entry of DATABASES, while this process lives; nothing for PostgreSQL."""
    path = Path(database["NAME"])
    if "sqlite" not in database["ENGINE"] or not path.exists():
        return
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the log is opened by the first read
    _held.append(connection)
