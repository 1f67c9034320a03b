"""What was rendered before, kept in each process as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

from cachetools import LRUCache
from cachetools.keys import hashkey


class Memory:
    """HTML by all that it was made of. When there is no room left, what was not asked for longest makes it.

    ``room`` is in characters. ``hits`` and ``misses`` count how often something was there, and was not.
    """

    def __init__(self, room: int) -> None:
        self.hits = self.misses = 0
        self._lock: Final = Lock()
        self._kept: Final[LRUCache[Hashable, str]] = LRUCache(room, getsizeof=len)

    def recall(self, made_of: tuple[Hashable, ...], render: Callable[[], str]) -> str:
        """What is remembered for ``made_of``, else what ``render`` gives, which is remembered then.

        Only texts, numbers and the like belong into ``made_of``: it is kept as long as what was made of it.
        """
        key = hashkey(*made_of)  # large ones are hashed once, not at each step
        with self._lock:
            try:
                known = self._kept[key]
            except KeyError:
                pass
            else:
                self.hits += 1
                return known
        shown = render()
        with self._lock:
            self.misses += 1
            if len(shown) <= self._kept.maxsize:
                self._kept[key] = shown
        return shown

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget everything, and begin to count anew."""
        with self._lock:
            self._kept.clear()
            self.hits = self.misses = 0
