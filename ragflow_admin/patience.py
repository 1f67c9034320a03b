"""Celery components that log one line and continue while the broker, the database or the disk is unavailable.

Rows in the database say what is due, so a message that is lost or cannot be sent only delays the work until the next
safety tick.
"""

from __future__ import annotations

import dbm
import logging
import time
from functools import partial
from typing import Any, Final

from celery.beat import PersistentScheduler, ScheduleEntry, SchedulingError
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError as QueueError

from dashboard.core.web.outages import outage_of

logger = logging.getLogger(__name__)

# Seconds between log lines about an unavailable broker, and until this process tries to send again.
AGAIN_AFTER: Final = 30.0


class _Queue:
    """When this process last failed to reach the queue, in seconds of the monotonic clock."""

    failed_at = -AGAIN_AFTER


def forget_failure() -> None:
    """Have this process try to send the next task, even if it has just failed to."""
    _Queue.failed_at = -AGAIN_AFTER


class PatientTask(DjangoTask):  # type: ignore[type-arg]
    """A task for which an outage is no error.

    A worker that cannot run it logs one line instead of a traceback. Sending it on commit raises nothing if the queue
    is unreachable: what was committed is processed after the next safety tick that gets through.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                raise
            logger.warning("%s postponed, outage: %s: %s", self.name, outage.part, error)
            return None

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        """Send the task after the transaction is committed. Raises nothing if the queue is unreachable."""
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        """Like ``delay_on_commit``, with the options of ``apply_async``."""
        transaction.on_commit(partial(self._try_to_send, *args, **kwargs))

    def _try_to_send(self, *args: Any, **kwargs: Any) -> None:
        if time.monotonic() - _Queue.failed_at < AGAIN_AFTER:
            return  # so that not every page waits for the queue
        try:
            self.apply_async(*args, **kwargs)
        except (QueueError, OSError) as error:
            _Queue.failed_at = time.monotonic()
            logger.warning("Cannot send tasks to the worker until the next safety tick: %s", error)


class PatientScheduler(PersistentScheduler):
    """Celery's beat, which otherwise exits if it cannot write its schedule file, for example on a full disk."""

    _said_at = -AGAIN_AFTER

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the task. An unreachable queue is logged every half minute."""
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
