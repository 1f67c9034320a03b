"""How often answers being written are rendered: as often as the process has time."""

from __future__ import annotations

import time
from typing import Final

# The share of the process's time to spend on rendering, and for how many seconds unused time is saved up.
SHARE: Final = 0.05
SAVED: Final = 0.5
# Seconds of delay that are normal; the more a process lags behind, the less time it spends on rendering.
PUNCTUAL: Final = 0.01
# Seconds after which a turn is re-rendered even if that exceeds its share.
AT_LEAST: Final = 5.0
# An open block is sent completely each time; this limits the bytes per second and stream.
OPEN_BYTES_PER_SECOND: Final = 400_000


class RenderBudget:
    """The time that all turns of this process together may spend on rendering."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._counted = time.monotonic()
        self._share = SHARE

    def adapt(self, late: float) -> None:
        """Adjust the share to a process that lags ``late`` seconds behind."""
        self._share = SHARE * min(1.0, PUNCTUAL / max(late, PUNCTUAL))

    def any_left(self, now: float) -> bool:
        """Whether a turn may be rendered now."""
        self._seconds = min(self._seconds + (now - self._counted) * self._share, SHARE * SAVED)
        self._counted = now
        return self._seconds > 0

    def spend(self, seconds: float, turns: int, open_bytes: int) -> float:
        """Deduct the cost of a rendering; returns the seconds until the same turn may be re-rendered.

        That gives the other ``turns`` a chance to use the budget first.
        """
        self._seconds -= seconds
        return min(max(seconds * (turns - 1) / self._share, open_bytes / OPEN_BYTES_PER_SECOND), AT_LEAST)
