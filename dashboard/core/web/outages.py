"""Outages of what the dashboard itself depends on: database, cache, queue and disk.

RAGFlow's errors are separate (``ragflow.errors``). ``outage_of`` recognises the outage behind an exception;
``middleware`` and ``error_pages`` build a response that needs none of these services.
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

# Bytes. SQLite and its journal files need about this much for a few writes.
ROOM: Final = 4 * 1024 * 1024
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class CacheDown(ConnectionError):
    """The cache is unreachable, and the action needs it as a lock.

    Raised by ``cache.add`` only; other calls behave as if the cache were empty (ragflow_admin/services/cache.py).
    """


@dataclass(frozen=True)
class Outage:
    """The text of an outage. ``part`` is a machine-readable name."""

    part: str
    title: str | Promise
    text: str | Promise


DATABASE: Final = Outage(
    "database",
    _("The dashboard's database is unreachable"),
    _("It is down, restarting, or out of connections. Documents, chunks and chats in RAGFlow are not affected."),
)
BUSY: Final = Outage(
    "database",
    _("The dashboard's database is busy"),
    _("Other writes took too long. Try again in a moment."),
)
CACHE: Final = Outage(
    "cache",
    _("The cache is unreachable"),
    _("Pages work without it, but this action doesn't. Administrators can find the reason in the log."),
)
QUEUE: Final = Outage(
    "queue",
    _("The task queue is unreachable"),
    _("Background work resumes when it is back. Administrators can find the reason in the log."),
)
DISK: Final = Outage(
    "disk",
    _("The dashboard's disk is full"),
    _("Nothing can be saved until space is freed. Saved data is safe, and RAGFlow is not affected."),
)


def outage_of(error: BaseException) -> Outage | None:
    """The outage that caused an exception, directly or through its chain; None if it has another cause."""
    return next((outage for cause in _causes(error) if (outage := _outage(cause))), None)


def disk_is_full() -> bool:
    """Whether the disk with our data is full; False if the data is on servers."""
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
        return None  # SQLite's message for a missing table or column: a bug, not an outage
    if disk_is_full() or "disk is full" in words or "no space left" in words:
        return DISK
    return BUSY if "is locked" in words or "deadlock" in words else DATABASE


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
