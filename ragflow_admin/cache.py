"""The shared cache on disk, opened once per process.

Django makes one cache object per thread, and a gevent worker has a thread per connection. Opening a disk cache costs
20 ms and more (eight SQLite files), which every page would pay; the opened cache itself is safe to share.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from diskcache import DjangoCache, FanoutCache

_opened: dict[tuple[str, str], FanoutCache] = {}
_opening = threading.Lock()
# Seconds to wait for another process's write. diskcache's own 10 ms would now and then drop a value under load.
PATIENCE = 1.0


class DiskCache(DjangoCache):  # type: ignore[misc]
    """diskcache's backend over the process's one FanoutCache for that directory."""

    def __init__(self, directory: str, params: dict[str, Any]) -> None:
        super(DjangoCache, self).__init__(params)
        options = params.get("OPTIONS", {})
        key = (str(directory), repr(sorted(options.items())))
        with _opening:
            if key not in _opened:
                shards, timeout = params.get("SHARDS", 8), params.get("DATABASE_TIMEOUT", PATIENCE)
                _opened[key] = _open(directory, shards, timeout, options)
        self._cache = _opened[key]

    def close(self, **_signal: Any) -> None:
        """Django says this after every request; the files stay open for the next one."""


def _open(directory: str, shards: int, timeout: float, options: dict[str, Any]) -> FanoutCache:
    """A cache that keeps its connections per real thread.

    Under gevent a thread-local is one per greenlet: each request would open its own connections (3 ms), each open chat
    stream would hold some (100 KB). Sharing them is right there: nothing that diskcache does inside of a transaction
    lets another greenlet run.
    """
    opened = FanoutCache(directory, shards, timeout, **options)
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        real_local = monkey.get_original("threading", "local")
        for shard in opened._shards:
            shard.close()
            shard._local = real_local()
    return opened
