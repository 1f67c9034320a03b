"""Django's SQLite backend, whose connections go back to a pool when a request ends.

Opening one costs 2 ms (files, WAL, Django's functions, the schema, which SQLite reads again). Django's own
CONN_MAX_AGE would not help: it keeps a connection for a thread, and under gevent each browser's connection is one,
so that as many would stay open. PostgreSQL has its pool from the driver.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any, Final

from django.db.backends.sqlite3 import base

# In each process. A request holds a connection for some milliseconds, so that few are ever out at the same time.
KEPT: Final = 8

# (path, device, inode) -> connections nobody uses. The inode, because the file may have been replaced meanwhile.
_idle: dict[tuple[str, int, int], list[sqlite3.Connection]] = {}
_of_parent: list[object] = []


def _after_fork() -> None:
    """A connection must not be used on the other side of a fork, nor closed there."""
    _of_parent.append(dict(_idle))
    _idle.clear()


os.register_at_fork(after_in_child=_after_fork)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes a connection from the pool, and gives it back where Django would close it."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        kept = _idle.get(self._file())
        try:
            connection = kept.pop() if kept else None
        except IndexError:
            connection = None  # another thread was faster
        if connection is None:
            return super().get_new_connection(conn_params)
        # The one thing that Django itself switches off for a while.
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _close(self) -> None:
        connection = self.connection
        kept = _idle.setdefault(self._file(), [])
        if connection is None or connection.in_transaction or self.errors_occurred or len(kept) >= KEPT:
            super()._close()  # type: ignore[misc]
        else:
            kept.append(connection)

    def _file(self) -> tuple[str, int, int]:
        path = str(self.settings_dict["NAME"])
        try:
            status = os.stat(path)
        except OSError:
            return path, 0, 0
        return path, status.st_dev, status.st_ino
