"""The shared cache, on disk or in Redis, which never makes a page fail or hang.

While it is unreachable, reads find nothing and writes are lost. Pages are slower then, since they read the data from
the database or RAGFlow. Only ``add`` raises ``CacheDown``, because it serves as a lock. After a failure the cache is
skipped for some seconds, so that a page with twenty reads does not wait twenty times.

Django creates one cache object per thread, and gevent has a greenlet per connection. A separate connection to Redis
would cost each page 1 ms, so all cache objects of a process share one pool. Without Redis, the cache is a file
(``local/diskcache.py``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Self

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.core.web.outages import CacheDown

logger = logging.getLogger(__name__)

# Seconds to wait for Redis, or for another process's write to the cache file.
PATIENCE: Final = 1.0
# Seconds that a failed cache is not used.
REST: Final = 2.0

_opening = threading.Lock()
_pools: dict[str, Any] = {}
_circuits: dict[str, Circuit] = {}


class Circuit:
    """Whether a cache may be used at the moment. Shared by all users of the same cache."""

    def __init__(self) -> None:
        self.resting_until = 0.0

    def run(self, failures: tuple[type[Exception], ...], call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Call ``call`` with the arguments. Raises CacheDown on failure, or immediately after a recent failure."""
        rested = self.resting_until
        if rested:
            now = time.monotonic()
            if now < rested:
                raise CacheDown("The cache was unreachable a moment ago.")
            self.resting_until = now + REST  # this call retries; others need not wait for it
        try:
            found = call(*given, **named)
        except failures as error:
            if not self.resting_until:
                reason = str(error) or type(error).__name__
                logger.error("The cache is unreachable: %s. Continuing without it.", reason)
            self.resting_until = time.monotonic() + REST
            raise CacheDown(str(error)) from error
        if rested:
            self.resting_until = 0.0
            logger.warning("The cache is reachable again.")
        return found


class Forgiving:
    """Mixin for cache backends that handles unreachable caches. Precedes Django's class."""

    failures: tuple[type[Exception], ...]
    circuit: Circuit
    # The longest time in seconds that anything is kept.
    longest: float | None = None

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Raises CacheDown, since ``add`` is used as a lock."""
        added: bool = self._run(super().add, key, value, timeout, version)  # type: ignore[misc]
        return added

    def incr(self, key: Any, delta: int = 1, version: Any = None, **options: Any) -> int:
        """Raises CacheDown, since a counter must not restart."""
        number: int = self._run(super().incr, key, delta, version)  # type: ignore[misc]
        return number

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._run_or(default, super().get, key, default, version)  # type: ignore[misc]

    def has_key(self, key: Any, version: Any = None) -> bool:
        return bool(self._run_or(False, super().has_key, key, version))  # type: ignore[misc]

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        if self.longest is not None:
            timeout = self.longest if timeout in (None, DEFAULT_TIMEOUT) else min(timeout, self.longest)
        self._run_or(None, super().set, key, value, timeout, version)  # type: ignore[misc]

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._run_or(False, super().touch, key, timeout, version))  # type: ignore[misc]

    def delete(self, key: Any, version: Any = None) -> bool:
        return bool(self._run_or(False, super().delete, key, version))  # type: ignore[misc]

    def _run(self, call: Callable[..., Any], *given: Any) -> Any:
        return self.circuit.run(self.failures, call, *given)

    def _run_or(self, otherwise: Any, call: Callable[..., Any], *given: Any) -> Any:
        try:
            return self._run(call, *given)
        except CacheDown:
            return otherwise


def circuit_of(address: str) -> Circuit:
    """The process-wide circuit of the cache at this address."""
    return _circuits.setdefault(address, Circuit())


class RedisCache(Forgiving, DjangoRedisCache):
    """Django's backend with short timeouts."""

    # Including errors of Redis itself: memory or disk full, or still loading.
    failures = (redis.RedisError, OSError)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # Retry once if Redis closed an idle connection, but never after a timeout.
        again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        waits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": again}
        options = waits | params.get("OPTIONS", {}) | {"pool_class": SharedPool}
        self.longest = options.pop("longest", None)
        super().__init__(server, params | {"OPTIONS": options})
        self.circuit = circuit_of(server)

    def get_many(self, keys: Any, version: Any = None) -> dict[Any, Any]:
        if not keys:
            return {}  # Redis rejects an empty call
        found: dict[Any, Any] = self._run_or({}, super().get_many, list(keys), version)
        return found

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        failed: list[Any] = self._run_or(list(data), super().set_many, data, timeout, version)
        return failed

    def delete_many(self, keys: Any, version: Any = None) -> None:
        self._run_or(None, super().delete_many, list(keys), version)


class SharedPool(redis.ConnectionPool):
    """Connections to Redis, one pool per address for all cache objects of this process."""

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        """The pool for ``url``, created with the ``options`` of the first call."""
        with _opening:
            if url not in _pools:
                _pools[url] = super().from_url(url, **options)
            pool: Self = _pools[url]
            return pool
