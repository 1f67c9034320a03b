"""Celery's parts that wait while the broker, the database or the disk is away: a line in the log, and on they go.

The rows in the database say what is due, so a tick that fails costs nothing but its second.
"""

from __future__ import annotations

import dbm
import logging
import time
from typing import Any, Final

from celery import Task
from celery.beat import PersistentScheduler, ScheduleEntry, SchedulingError

from dashboard.core.web.outages import outage_of

logger = logging.getLogger(__name__)

# Seconds until it is said again that nothing can be sent.
AGAIN_AFTER: Final = 30.0


class PatientTask(Task):  # type: ignore[type-arg]
    """A task that cannot be done because a part of us is down says so in one line instead of eighty."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                raise
            logger.warning("%s has to wait, out of order: %s: %s", self.name, outage.part, error)
            return None


class PatientScheduler(PersistentScheduler):
    """Celery's beat. As it comes, it ends when it cannot write down what it did, such as on a full disk."""

    _said_at = -AGAIN_AFTER

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send what is due, three messages a second."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            now = time.monotonic()
            if now - self._said_at >= AGAIN_AFTER:
                self._said_at = now
                logger.warning("Nothing can be sent to the worker: %s", error)

    def sync(self) -> None:
        """Write down what was sent last. It is in memory, too: nothing is lost unless beat is restarted now."""
        try:
            super().sync()
        except dbm.error as error:
            logger.warning("Beat could not write its file: %s", error)
