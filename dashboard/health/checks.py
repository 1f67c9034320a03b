"""Whether the parts that the dashboard itself is made of answer, each asked in a thread of its own.

Whoever asks is a supervisor with little patience, and a part that is down often does not answer at all: nobody waits
for that.
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

# Seconds for all of them together.
PATIENCE: Final = 0.8


def failing(parts: Iterable[str]) -> list[str]:
    """Those of the ``parts`` that do not answer in time; why is in the log."""
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
            # Whatever it is: this part does not do what it should.
            logger.exception("Not well: %s", self.part)
        finally:
            connection.close()

    def is_well(self, until: float) -> bool:
        """Waits for the answer, at most ``until`` then by the monotonic clock."""
        self.join(max(0.0, until - time.monotonic()))
        if self.is_alive():
            logger.error("Not well: %s did not answer within %s s", self.part, PATIENCE)
        return self._well


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    key, value = f"ready:{secrets.token_hex(4)}", secrets.token_hex(4)
    if not cache.add(key, value, 10) or cache.get(key) != value:
        raise RuntimeError("The cache forgot at once what was put into it.")
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
