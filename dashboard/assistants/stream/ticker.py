"""Periodic work for all turns that a process reads, a few times a second in one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from django.db import connections

from dashboard.assistants.chat import turns
from dashboard.assistants.chat.turns import Turn

EVERY: Final = 0.2
# Seconds between two writes of a turn to the cache, for up to STORE_CHEAPLY turns; with more turns, less often.
STORE_EVERY: Final = 0.5
STORE_CHEAPLY: Final = 20


class Reading(Protocol):
    """A turn that is being read."""

    turn: Turn

    def stop(self) -> None: ...
    def tick(self, now: float, store_every: float) -> None: ...


class TurnTicker:
    """Ticks in its own thread while there are turns in ``live``; reports to ``late`` how late each tick was."""

    def __init__(self, live: Mapping[str, Reading], late: Callable[[float], None]) -> None:
        self._live = live
        self._late = late
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ensure(self) -> None:
        """Start the thread, unless it is running."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._tick, name="turn-ticker", daemon=True)
                self._thread.start()

    def _tick(self) -> None:
        heartbeat_at = 0.0
        while True:
            due = time.monotonic() + EVERY
            time.sleep(EVERY)
            self._late(time.monotonic() - due)
            live = list(self._live.values())
            if not live:
                with self._starting:
                    if not self._live:
                        self._thread = None
                        return
                continue
            if (now := time.monotonic()) >= heartbeat_at:
                heartbeat_at = now + turns.HEARTBEAT_EVERY
                turns.send_heartbeat()
            store_every = STORE_EVERY * max(1.0, len(live) / STORE_CHEAPLY)
            for at in range(0, len(live), STORE_CHEAPLY):
                group = live[at : at + STORE_CHEAPLY]
                stop = turns.asked_to_stop([one.turn for one in group])
                for one in group:
                    if one.turn.id in stop:
                        one.stop()
                        connections.close_all()  # stopping writes an audit entry
                    one.tick(time.monotonic(), store_every)
                time.sleep(0)  # let the readers run
