"""What is to be done by one only, out of all processes, and not again for some seconds."""

from __future__ import annotations

from django.core.cache import cache

from dashboard.core.web.outages import CacheDown


def first(key: str, seconds: int) -> bool:
    """Whether nobody else was here within the last ``seconds``. Without the cache nobody is first.

    Only for what may be left undone for a while: what must not happen twice uses ``cache.add``, which raises.
    """
    try:
        return cache.add(key, 1, seconds)
    except CacheDown:
        return False
