"""Leases on rows, so that no two workers process the same one.

A lease is longer than one turn may take, and a thread renews it, also during long calls. Every result is written
through ``writing``, which renews the lease in the same transaction and raises ``LeaseLost`` if another worker holds the
row by then. The lease of a killed process is released by the next process on the same machine that looks for work; the
lease of a lost machine expires.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, cast

from celery import shared_task
from django.db import DatabaseError, connection, transaction

from dashboard.jobs import workers
from dashboard.models.leases import LeasedQuerySet, Row

if TYPE_CHECKING:
    from celery.contrib.django.task import DjangoTask

logger = logging.getLogger(__name__)

# Seconds between two safety ticks, in which beat finds everything that is due (settings: CELERY_BEAT_SCHEDULE).
TICK: Final = 5.0
# Seconds after which an unprocessed message expires: the next tick sends another one.
STALE: Final = 5
# How long a lease lasts, in seconds. A worker that vanished with its whole machine blocks the row for as long.
# Longer than one document can take: four reads with three attempts each, and two writes.
OF_JOB: Final = 6 * 60.0
# Longer than one question can take.
OF_QUESTION_RUN: Final = 3 * 60.0
OF_WATCH: Final = 60.0
# The part of a lease after which it is renewed. A lease survives two failed renewals.
RENEWED_AFTER: Final = 1 / 4
# The claims that this process is working on.
_at_work: set[str] = set()


class LeaseLost(Exception):
    """Another worker holds the row: this one was suspended too long and must not write its results."""


class Lease(Generic[Row]):
    """One worker's lease on one row."""

    def __init__(self, rows: LeasedQuerySet[Row], pk: int, claim: str, seconds: float) -> None:
        self.pk = pk
        self._rows = rows
        self._claim = claim
        self._seconds = seconds

    def mine(self) -> LeasedQuerySet[Row]:
        """The row while we hold it, for conditional updates; else an empty queryset."""
        return self._rows.held(self.pk, self._claim)

    def renew(self, **also: Any) -> None:
        """Extend the lease to its full duration from now and set these fields. Raises LeaseLost."""
        until = _now() + timedelta(seconds=self._seconds)
        if not self.mine().update(claimed_until=until, **also):
            raise LeaseLost

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction for results that first renews the lease, so that no other worker can claim the row within it.

        Raises LeaseLost before anything is written.
        """
        with transaction.atomic():
            self.renew()
            yield

    def release(self, next_at: datetime | None, **also: Any) -> None:
        """Release the row until ``next_at`` and set these fields, unless another worker holds it by now."""
        self.mine().update(next_at=next_at, claim="", claimed_until=None, **also)


@contextmanager
def taken(rows: LeasedQuerySet[Row], pk: int, seconds: float) -> Iterator[Lease[Row] | None]:
    """Claim the row for the block if it is due and unclaimed; else None. The block has to release it.

    ``seconds`` must exceed the longest time between two renewals.
    """
    claim = f"{workers.current()} {secrets.token_hex(8)}"
    lease = Lease(rows, pk, claim, seconds)
    now = _now()
    _at_work.add(claim)
    try:
        if not rows.claim(pk, claim, now, now + timedelta(seconds=seconds)):
            yield None
            return
        over = threading.Event()
        renewing = threading.Thread(target=_renew, args=(lease, over, seconds * RENEWED_AFTER), daemon=True)
        renewing.start()
        try:
            yield lease
        finally:
            over.set()
            renewing.join()
    finally:
        _at_work.discard(claim)


def due(rows: LeasedQuerySet[Row]) -> LeasedQuerySet[Row]:
    """The due rows, those waiting longest first.

    Releases claims of dead processes on this machine, and of interrupted turns of this process.
    """
    now = _now()
    claimed = rows.unfinished().filter(claimed_until__gt=now).values_list("pk", "claim")
    for pk, claim in claimed:
        if _is_over(claim):
            rows.held(pk, claim).update(claim="", claimed_until=None)
    return rows.due(now).order_by("next_at")


def row_task(work: Callable[[int], None]) -> DjangoTask[[int], None]:
    """Turn a function into a task. It processes the row with a given ``pk``, and does nothing if the row is not due."""
    return cast("DjangoTask[[int], None]", shared_task(expires=STALE)(work))


def go_on(task: DjangoTask[[int], None], rows: LeasedQuerySet[Row], pk: int) -> None:
    """Enqueue the next turn of a row that was just processed.

    Rows that are due later than the next safety tick, or claimed by another worker, are left to the tick.
    """
    free = rows.unfinished().filter(pk=pk, claimed_until=None)
    next_at = free.values_list("next_at", flat=True).first()
    if next_at is None:
        return
    seconds = max(0.0, (next_at - _now()).total_seconds())
    if seconds < TICK:
        task.apply_async_on_commit((pk,), countdown=seconds, expires=seconds + STALE)


def _is_over(claim: str) -> bool:
    worker, _, _turn = claim.partition(" ")
    return claim not in _at_work if worker == workers.current() else workers.is_gone(worker)


def _renew(lease: Lease[Row], over: threading.Event, pause: float) -> None:
    """Renew the lease until ``over`` is set or the lease is lost, which the worker notices at its next write."""
    try:
        while not over.wait(pause):
            try:
                lease.renew()
            except LeaseLost:
                return
            except DatabaseError as error:
                logger.warning("Could not renew a lease: %s", error)
    finally:
        connection.close()


def _now() -> datetime:
    return datetime.now(UTC)
