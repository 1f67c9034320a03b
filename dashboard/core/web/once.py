"""Lets only one of all processes do something within a number of seconds."""

from __future__ import annotations

from django.core.cache import cache

from dashboard.core.web.outages import CacheDown


def first(key: str, seconds: int) -> bool:
    """Whether this is the first call for the key within ``seconds``. Always False while the cache is down.

    Only for work that may be skipped for a while. What must not happen twice uses ``cache.add``, which raises.
    """
    try:
        return cache.add(key, 1, seconds)
    except CacheDown:
        return False
