"""Django's PostgreSQL backend, whose pool never hands out dead connections.

After a restart of PostgreSQL all pooled connections are dead. The pool's own checks (CONN_HEALTH_CHECKS) pause after
each failure for one, two, then four seconds, so a page would time out with the third. They also have no timeout.
"""

from __future__ import annotations

import select
import time
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus

# Seconds for one check, and for all checks of one request.
ANSWERS_WITHIN: Final = 2.0
TRIES_FOR: Final = 3.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks connections before handing them out, and discards dead ones."""

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
                self.pool.putconn(connection)  # the pool replaces it
                if time.monotonic() > give_up_at:
                    raise
            else:
                return connection


def check(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Send an empty query. Raises psycopg.Error if there is no response within ``seconds``."""
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
