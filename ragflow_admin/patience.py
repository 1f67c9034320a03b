"""Celery components that log one line and continue while the broker, the database or the disk is unavailable.

Rows in the database say what is due, so a failed tick only causes a short delay.
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

# Seconds between log lines about an unavailable broker.
AGAIN_AFTER: Final = 30.0


class PatientTask(Task):  # type: ignore[type-arg]
    """A task that logs an outage in one line instead of a traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                raise
            logger.warning("%s postponed, outage: %s: %s", self.name, outage.part, error)
            return None


class PatientScheduler(PersistentScheduler):
    """Celery's beat, which otherwise exits if it cannot write its schedule file, for example on a full disk."""

    _said_at = -AGAIN_AFTER

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send what is due, three messages a second."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            now = time.monotonic()
            if now - self._said_at >= AGAIN_AFTER:
                self._said_at = now
                logger.warning("Cannot send tasks to the worker: %s", error)

    def sync(self) -> None:
        """Save the times of the last tasks. They are also in memory, so a failure matters only at a restart."""
        try:
            super().sync()
        except dbm.error as error:
            logger.warning("Beat could not write its schedule file: %s", error)
