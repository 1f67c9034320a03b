"""When a part of the dashboard itself is down: its database, its cache, its queue, its disk.

RAGFlow's own errors are another matter (``ragflow.errors``). ``outage_of`` tells by an exception which part it was and
what to say; ``middleware`` and ``errors`` make an answer of it that needs none of these parts.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as QueueError

# Bytes. SQLite and the files beside it need about as much for a handful of writes.
ROOM: Final = 4 * 1024 * 1024
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class CacheDown(ConnectionError):
    """The cache cannot be reached, and without it this cannot be done: two people might do it at once.

    Raised by ``cache.add`` alone; all else goes on as if the cache were empty (ragflow_admin/services/cache.py).
    """


@dataclass(frozen=True)
class Outage:
    """What to say about it. ``part`` is a word for machines."""

    part: str
    title: str | Promise
    text: str | Promise


DATABASE: Final = Outage(
    "database",
    _("The dashboard's database cannot be reached"),
    _("It is down, restarting, or has no connection left. Documents, chunks and chats in RAGFlow are not affected."),
)
BUSY: Final = Outage(
    "database",
    _("The dashboard's database is busy"),
    _("Other writes took too long. Try again in a moment."),
)
CACHE: Final = Outage(
    "cache",
    _("The cache cannot be reached"),
    _("Pages work without it, but this cannot be done until it is back. An administrator finds the reason in the log."),
)
QUEUE: Final = Outage(
    "queue",
    _("The queue cannot be reached"),
    _("Work in the background waits until it is back. An administrator finds the reason in the log."),
)
DISK: Final = Outage(
    "disk",
    _("The dashboard's disk is full"),
    _("Nothing can be saved until there is room. What was saved before is safe, and RAGFlow is not affected."),
)


def outage_of(error: BaseException) -> Outage | None:
    """The outage behind an exception, also behind one that was raised because of it; None for any other mistake."""
    return next((outage for cause in _causes(error) if (outage := _outage(cause))), None)


def disk_is_full() -> bool:
    """Whether the disk that holds our data has no room left; False where they lie on servers."""
    if not settings.DATA_ON_DISK:
        return False
    try:
        state = os.statvfs(settings.VAR_DIR)
    except OSError:
        return False
    return state.f_bavail * state.f_frsize < ROOM


def _outage(error: BaseException) -> Outage | None:
    if isinstance(error, CacheDown):
        return DISK if disk_is_full() else CACHE
    if isinstance(error, QueueError):
        return DISK if disk_is_full() else QUEUE
    if isinstance(error, (OperationalError, InterfaceError)):
        return _of_database(error)
    return DISK if isinstance(error, OSError) and error.errno in _NO_ROOM else None


def _of_database(error: DatabaseError | InterfaceError) -> Outage | None:
    words = str(error).lower()
    if "no such" in words:
        return None  # SQLite's words for a table or column that is not there: a mistake, no outage
    if disk_is_full() or "disk is full" in words or "no space left" in words:
        return DISK
    return BUSY if "is locked" in words or "deadlock" in words else DATABASE


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
