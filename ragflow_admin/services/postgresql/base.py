"""Django's PostgreSQL backend, which gives out no connection that is dead.

After a restart of PostgreSQL every connection in the pool is. The pool can check them itself (CONN_HEALTH_CHECKS), but
pauses between two that fail, one second, then two, then four: a page would run out of time with the third. And it waits
for the answer to its check for as long as the server keeps the connection open.
"""

from __future__ import annotations

import select
import time
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus

# Seconds for the answer to a check, and for all checks of one request.
ANSWERS_WITHIN: Final = 2.0
TRIES_FOR: Final = 3.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks whether a connection lives before it gives it out, and throws those away that do not."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        give_up_at = time.monotonic() + TRIES_FOR
        while True:
            connection = super().get_new_connection(conn_params)
            if not self.pool:
                return connection
            try:
                check(connection, ANSWERS_WITHIN)
            except psycopg.Error:
                connection.close()
                self.pool.putconn(connection)  # which replaces it
                if time.monotonic() > give_up_at:
                    raise
            else:
                return connection


def check(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Ask for nothing and wait for the answer. Raises psycopg.Error when none comes within ``seconds``."""
    pgconn = connection.pgconn
    pgconn.send_query(b"")
    answer = select.poll()
    answer.register(pgconn.socket, select.POLLIN)
    if not answer.poll(seconds * 1000):
        raise psycopg.OperationalError(f"PostgreSQL did not answer within {seconds:.0f} s.")
    pgconn.consume_input()
    while (result := pgconn.get_result()) is not None:
        if result.status == ExecStatus.FATAL_ERROR:
            raise psycopg.OperationalError(pgconn.get_error_message())
