"""Health checks of the services that the dashboard depends on, each in its own thread.

A service that is down often hangs instead of failing, and supervisors time out quickly, so checks have a deadline.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from celery import current_app
from django.core.cache import cache
from django.db import connection

from dashboard.core.web.outages import disk_is_full

logger = logging.getLogger(__name__)

# Seconds for all checks together.
PATIENCE: Final = 0.8


def failing(parts: Iterable[str]) -> list[str]:
    """The ``parts`` that fail or do not answer in time; the log has the reasons."""
    running = [_Check(part) for part in parts]
    for check in running:
        check.start()
    until = time.monotonic() + PATIENCE
    return [check.part for check in running if not check.is_well(until)]


class _Check(threading.Thread):
    def __init__(self, part: str) -> None:
        super().__init__(name=f"check-{part}", daemon=True)
        self.part = part
        self._well = False

    def run(self) -> None:
        try:
            CHECKS[self.part]()
            self._well = True
        except Exception:
            # Any exception means that the check failed.
            logger.exception("Health check failed: %s", self.part)
        finally:
            connection.close()

    def is_well(self, until: float) -> bool:
        """Wait for the result until ``until`` on the monotonic clock."""
        self.join(max(0.0, until - time.monotonic()))
        if self.is_alive():
            logger.error("Health check failed: %s did not answer within %s s", self.part, PATIENCE)
        return self._well


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    key, value = f"ready:{secrets.token_hex(4)}", secrets.token_hex(4)
    if not cache.add(key, value, 10) or cache.get(key) != value:
        raise RuntimeError("The cache lost a value that was just written.")
    cache.delete(key)


def _broker() -> None:
    with current_app.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, timeout=1)


def _disk() -> None:
    if disk_is_full():
        raise RuntimeError("The disk is full.")


CHECKS: Final[dict[str, Callable[[], None]]] = {
    "database": _database,
    "cache": _cache,
    "broker": _broker,
    "disk": _disk,
}
