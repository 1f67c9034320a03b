"""Keeps SQLite's write-ahead log.

The last connection that closes deletes the log, and the next one has to create it again. On a full disk that fails, so
that not even a session can be read. An idle open connection in a web worker prevents this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_held: list[sqlite3.Connection] = []


def hold(database: Mapping[str, Any]) -> None:
    """Keep the log of ``database``, an entry of DATABASES, while this process runs. Does nothing for PostgreSQL."""
    path = Path(database["NAME"])
    if "sqlite" not in database["ENGINE"] or not path.exists():
        return
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the log is opened by the first read
    _held.append(connection)
