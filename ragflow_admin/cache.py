"""The shared cache, on disk or in Redis, which never makes a page fail or hang.

While it is unreachable, reads find nothing and writes are lost. Pages are slower then, since they read the data from
the database or RAGFlow. Only ``add`` raises ``CacheDown``, because it serves as a lock. After a failure the cache is
skipped for some seconds, so that a page with twenty reads does not wait twenty times.

Django creates one cache object per thread, and gevent has a greenlet per connection. Opening a disk cache takes at
least 20 ms (eight SQLite files), a connection to Redis 1 ms. Connections are shared, so that not every page pays this.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
from diskcache import Cache, DjangoCache, FanoutCache, Timeout
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from django.core.cache.backends.redis import RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.core.web.outages import CacheDown

logger = logging.getLogger(__name__)

# Seconds that a disk cache waits for another process's write. diskcache's default of 10 ms drops values under load.
PATIENCE: Final = 1.0
# Seconds that a failed cache is not used.
REST: Final = 2.0

_opening = threading.Lock()
_opened: dict[tuple[str, str], Any] = {}
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


class _Forgiving:
    """Mixin for cache backends that handles unreachable caches. Precedes Django's class."""

    failures: tuple[type[Exception], ...]
    circuit: Circuit

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


class RedisCache(_Forgiving, DjangoRedisCache):
    """Django's backend with short timeouts."""

    # Including errors of Redis itself: memory or disk full, or still loading.
    failures = (redis.RedisError, OSError)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # Retry once if Redis closed an idle connection, but never after a timeout.
        again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        waits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": again}
        self._options = waits | self._options  # type: ignore[has-type]
        self._opened_as = (server, repr(sorted(params.get("OPTIONS", {}).items())))
        self.circuit = _circuits.setdefault(server, Circuit())

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

    @property
    def _cache(self) -> Any:
        return _shared(self._opened_as, lambda: RedisCacheClient(self._servers, **self._options))  # type: ignore[attr-defined]


class DiskCache(_Forgiving, DjangoCache):  # type: ignore[misc]
    """diskcache's backend on the process-wide cache of the directory."""

    failures = (sqlite3.Error, Timeout, OSError)

    def __init__(self, directory: str, params: dict[str, Any]) -> None:
        super(DjangoCache, self).__init__(params)
        self._opens = (str(directory), params)
        self.circuit = _circuits.setdefault(str(directory), Circuit())

    @property
    def _cache(self) -> Any:
        """Opened on first use, so that a full disk is handled like any other failure."""
        directory, params = self._opens
        options = params.get("OPTIONS", {})
        shards, timeout = params.get("SHARDS", 8), params.get("DATABASE_TIMEOUT", PATIENCE)
        return _shared(
            (directory, repr(sorted(options.items()))), lambda: _open(directory, shards, timeout, dict(options))
        )

    def close(self, **_signal: Any) -> None:
        """Called by Django after every request. Keeps the files open for the next one."""


class _Shards(FanoutCache):  # type: ignore[misc]
    """diskcache's shards with errors reported.

    diskcache's own ``retry`` repeats for ever without a pause, which blocks every process on a full disk. A failed
    commit also leaves its transaction open, which prevents all later writes.
    """

    def add(self, key: Any, value: Any, expire: float | None = None, *_: Any) -> bool:
        with self._shard(key) as shard:
            return bool(shard.add(key, value, expire))

    def set(self, key: Any, value: Any, expire: float | None = None, *_: Any) -> bool:
        with self._shard(key) as shard:
            return bool(shard.set(key, value, expire))

    def get(self, key: Any, default: Any = None, *_: Any) -> Any:
        with self._shard(key) as shard:
            return shard.get(key, default)

    def touch(self, key: Any, expire: float | None = None, *_: Any) -> bool:
        with self._shard(key) as shard:
            return bool(shard.touch(key, expire))

    def delete(self, key: Any, *_: Any) -> bool:
        with self._shard(key) as shard:
            return bool(shard.delete(key))

    def incr(self, key: Any, delta: int = 1, default: int | None = 0, *_: Any) -> int:
        with self._shard(key) as shard:
            return int(shard.incr(key, delta, default))

    @contextmanager
    def _shard(self, key: Any) -> Iterator[Cache]:
        shard = self._shards[self._hash(key) % self._count]
        try:
            yield shard
        except (sqlite3.Error, Timeout):
            shard.close()
            raise


def _shared(key: tuple[str, str], make: Callable[[], Any]) -> Any:
    """The process-wide object under ``key``, opened on first use."""
    known = _opened.get(key)
    if known is not None:
        return known
    with _opening:
        if key not in _opened:
            _opened[key] = make()
        return _opened[key]


def _open(directory: str, shards: int, timeout: float, options: dict[str, Any]) -> FanoutCache:
    """A cache with one connection per native thread.

    Under gevent, thread-locals are per greenlet: each request would open its own connections (3 ms), and each chat
    stream would hold some (100 KB). Sharing is safe, since diskcache never yields to other greenlets in a transaction.
    """
    opened = _Shards(directory, shards, timeout, **options)
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        real_local = monkey.get_original("threading", "local")
        for shard in opened._shards:
            shard.close()
            shard._local = real_local()
    return opened
