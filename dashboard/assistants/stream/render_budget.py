"""How often answers that are still being written are rendered: as often as the process has time for it."""

from __future__ import annotations

import time
from typing import Final

# At most this part of the process's time goes into rendering; what was not used is kept for so many seconds.
SHARE: Final = 0.05
SAVED: Final = 0.5
# Seconds that a process may be late with what it wants to do now; the later it is, the less time there is to render.
PUNCTUAL: Final = 0.01
# Seconds after which a turn may be rendered again even if it costs more than its part.
AT_LEAST: Final = 5.0
# An open block is sent whole each time: no more bytes per second and stream than this.
OPEN_BYTES_PER_SECOND: Final = 400_000


class RenderBudget:
    """The time that may be spent on rendering, for all turns of this process together."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._counted = time.monotonic()
        self._share = SHARE

    def adapt(self, late: float) -> None:
        """Take into account by how many seconds this process lags behind."""
        self._share = SHARE * min(1.0, PUNCTUAL / max(late, PUNCTUAL))

    def any_left(self, now: float) -> bool:
        """Whether something may be rendered now."""
        self._seconds = min(self._seconds + (now - self._counted) * self._share, SHARE * SAVED)
        self._counted = now
        return self._seconds > 0

    def spend(self, seconds: float, turns: int, open_bytes: int) -> float:
        """Take what a rendering has cost; returns the seconds until the same turn should be rendered again.

        The others of the ``turns`` come first, so that none is always the one to find some credit left.
        """
        self._seconds -= seconds
        return min(max(seconds * (turns - 1) / self._share, open_bytes / OPEN_BYTES_PER_SECOND), AT_LEAST)
