"""The cache without Redis: one SQLite file, shared by all processes of the machine.

Each process has one connection for all threads and greenlets: opening one costs more than the reads of a page, and no
other greenlet runs during a statement.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from ragflow_admin.services.cache import PATIENCE, Forgiving, circuit_of

MB: Final = 1024 * 1024
# The number of writes of a process between two removals of expired and excess entries.
SWEEP_EVERY: Final = 200
# The cache need not survive a power failure, so no write waits for the disk.
SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, ends REAL);
CREATE INDEX IF NOT EXISTS entry_by_end ON entry (ends);
"""
PUT: Final = (
    "INSERT INTO entry VALUES (:key, :value, :ends) ON CONFLICT (key) DO UPDATE SET value = :value, ends = :ends"
)
LIVES: Final = "key = :key AND (ends IS NULL OR ends > :now)"
TOO_OLD: Final = "DELETE FROM entry WHERE ends <= :now"
# The fifth of all entries that would expire first.
CLOSEST_TO_THEIR_END: Final = """
DELETE FROM entry WHERE key IN
    (SELECT key FROM entry ORDER BY ends IS NULL, ends LIMIT (SELECT 1 + count(*) / 5 FROM entry))
"""

_opening = threading.Lock()
_files: dict[Path, _File] = {}


class _File:
    """This process's connection to a cache file. Raises sqlite3.Error or OSError if the file cannot be used."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened_by = 0
        self._writes = 0

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one caller at a time. It is closed after an error, since it may be in a transaction."""
        with self._lock:
            # After a fork, the child must neither use nor close its parent's connection.
            if self._connection is None or self._opened_by != os.getpid():
                self._connection = self._connect()
                self._opened_by = os.getpid()
            try:
                yield self._connection
            except BaseException:
                self._connection.close()
                self._connection = None
                raise

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.executescript(SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def sweep(self, connection: sqlite3.Connection) -> None:
        """Once every some writes, delete expired entries, and some of the others if the file is too large."""
        self._writes += 1
        if self._writes % SWEEP_EVERY:
            return
        connection.execute(TOO_OLD, {"now": time.time()})
        (pages,), (free,), (size,) = (
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > self.max_bytes:
            connection.execute(CLOSEST_TO_THEIR_END)


class _FileCache(BaseCache):
    """Django's interface to a cache file."""

    def __init__(self, directory: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        path = Path(directory) / "cache.sqlite3"
        max_bytes = params.get("OPTIONS", {}).get("max_bytes", 256 * MB)
        with _opening:
            self.file = _files.setdefault(path, _File(path, max_bytes))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        given = self._given(key, version) | {"value": _packed(value), "ends": self.get_backend_timeout(timeout)}
        with self.file.open() as connection:
            added = connection.execute(f"{PUT} WHERE ends <= :now", given).rowcount > 0
            self.file.sweep(connection)
        return added

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        with self.file.open() as connection:
            found = connection.execute(f"SELECT value FROM entry WHERE {LIVES}", self._given(key, version)).fetchone()  # noqa: S608
        return default if found is None else pickle.loads(found[0])  # noqa: S301 (only we write there)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        given = self._given(key, version) | {"value": _packed(value), "ends": self.get_backend_timeout(timeout)}
        with self.file.open() as connection:
            connection.execute(PUT, given)
            self.file.sweep(connection)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        given = self._given(key, version) | {"ends": self.get_backend_timeout(timeout)}
        with self.file.open() as connection:
            return connection.execute(f"UPDATE entry SET ends = :ends WHERE {LIVES}", given).rowcount > 0  # noqa: S608

    def delete(self, key: Any, version: Any = None) -> bool:
        with self.file.open() as connection:
            given = self._given(key, version)
            return connection.execute(f"DELETE FROM entry WHERE {LIVES}", given).rowcount > 0  # noqa: S608

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Raises ValueError if the key does not exist."""
        given = self._given(key, version)
        with self.file.open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute(f"SELECT value FROM entry WHERE {LIVES}", given).fetchone()  # noqa: S608
            if found is not None:
                number: int = pickle.loads(found[0]) + delta  # noqa: S301
                given["value"] = _packed(number)
                connection.execute("UPDATE entry SET value = :value WHERE key = :key", given)
            connection.execute("COMMIT")
        if found is None:
            raise ValueError(f"Key {key!r} not found")
        return number

    def has_key(self, key: Any, version: Any = None) -> bool:
        nothing = object()
        return self.get(key, nothing, version) is not nothing

    def clear(self) -> None:
        with self.file.open() as connection:
            connection.execute("DELETE FROM entry")

    def _given(self, key: Any, version: Any) -> dict[str, Any]:
        return {"key": self.make_key(key, version), "now": time.time()}


class DiskCache(Forgiving, _FileCache):
    """The cache file, which never makes a page fail."""

    failures = (sqlite3.Error, OSError)

    def __init__(self, directory: str, params: dict[str, Any]) -> None:
        super().__init__(directory, params)
        self.longest = params.get("OPTIONS", {}).get("longest")
        self.circuit = circuit_of(str(directory))


def _packed(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
