"""The shared cache on disk, opened once per process.

Django makes one cache object per thread, and a gevent worker has a thread per connection. Opening a disk cache costs
20 ms and more (eight SQLite files), which every page would pay; the opened cache itself is safe to share.
"""

from __future__ import annotations

import threading
from typing import Any

from diskcache import DjangoCache, FanoutCache

_opened: dict[tuple[str, str], FanoutCache] = {}
_opening = threading.Lock()


class DiskCache(DjangoCache):  # type: ignore[misc]
    """diskcache's backend over the process's one FanoutCache for that directory."""

    def __init__(self, directory: str, params: dict[str, Any]) -> None:
        super(DjangoCache, self).__init__(params)
        options = params.get("OPTIONS", {})
        key = (str(directory), repr(sorted(options.items())))
        with _opening:
            if key not in _opened:
                shards, timeout = params.get("SHARDS", 8), params.get("DATABASE_TIMEOUT", 0.010)
                _opened[key] = FanoutCache(directory, shards, timeout, **options)
        self._cache = _opened[key]
