"""The message queue in Redis: kombu's transport, modified to survive a restart of Redis.

When the connection is lost, Celery's worker closes it twice. With an unacknowledged message the second attempt raises
an AttributeError (the connection no longer has an address) instead of a connection error, which ends the worker. Here
it raises a connection error; the message expires long before Redis would redeliver it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu import transport
from kombu.transport import redis
from redis import ConnectionError


class Channel(redis.Channel):
    """Differs from kombu's only in the error that a closed connection raises."""

    @contextmanager
    def conn_or_acquire(self, client: Any = None) -> Iterator[Any]:
        """``client``, or one of the pool. Raises redis.ConnectionError if the connection is closed."""
        if client is None and self.connection.client is None:
            raise ConnectionError("The connection to the queue is closed.")
        with super().conn_or_acquire(client) as found:
            yield found


class Transport(redis.Transport):
    """For ``redis://`` and ``rediss://``."""

    Channel = Channel


def install() -> None:
    """Make kombu use this transport for brokers in Redis."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = "ragflow_admin.services.redisqueue:Transport"
