"""Holding a row while one works on it, so that no two workers do the same thing.

A lease is longer than what one turn may take, and a thread renews it meanwhile, also during a call that takes long.
Every write of a result goes through ``writing``: it renews the lease in the same transaction, and raises ``LeaseLost``
where somebody else has the row by now. The lease of a process that was killed is given up by the next one that looks
for work on the same machine; that of a machine that is gone ends by itself.
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

# The safety tick: so often, in seconds, beat has everything found that is due (settings: CELERY_BEAT_SCHEDULE).
TICK: Final = 5.0
# A message that no worker took for so many seconds is dropped: the next tick sends another one.
STALE: Final = 5
# A lease is renewed when so much of it has passed; it outlives two renewals that fail.
RENEWED_AFTER: Final = 1 / 4
# The claims that this process works on right now.
_at_work: set[str] = set()


class LeaseLost(Exception):
    """Somebody else has the row by now: this worker was away for too long. Nothing it found may be written."""


class Lease(Generic[Row]):
    """One worker's hold on one row."""

    def __init__(self, rows: LeasedQuerySet[Row], pk: int, claim: str, seconds: float) -> None:
        self.pk = pk
        self._rows = rows
        self._claim = claim
        self._seconds = seconds

    def mine(self) -> LeasedQuerySet[Row]:
        """The row as long as it is ours, for a conditional update; else none."""
        return self._rows.held(self.pk, self._claim)

    def renew(self, **also: Any) -> None:
        """Hold it for the full time from now on, and set these fields of the row. Raises LeaseLost."""
        until = _now() + timedelta(seconds=self._seconds)
        if not self.mine().update(claimed_until=until, **also):
            raise LeaseLost

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction for results, begun by renewing the lease: nobody else can have the row before it ends.

        Raises LeaseLost, and nothing is written.
        """
        with transaction.atomic():
            self.renew()
            yield

    def release(self, next_at: datetime | None, **also: Any) -> None:
        """Give the row back until ``next_at`` and set these fields of it, unless it is somebody else's by now."""
        self.mine().update(next_at=next_at, claim="", claimed_until=None, **also)


@contextmanager
def taken(rows: LeasedQuerySet[Row], pk: int, seconds: float) -> Iterator[Lease[Row] | None]:
    """Hold the row for the block, if it is due and nobody has it; else None. The block releases it in the end.

    ``seconds`` have to be more than what is done between two renewals may take.
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
    """The rows that ought to be worked on by now, those that waited longest first.

    Gives up the claims of processes of this machine that have ended, and of turns of this process that broke off.
    """
    now = _now()
    claimed = rows.unfinished().filter(claimed_until__gt=now).values_list("pk", "claim")
    for pk, claim in claimed:
        if _is_over(claim):
            rows.held(pk, claim).update(claim="", claimed_until=None)
    return rows.due(now).order_by("next_at")


def row_task(work: Callable[[int], None]) -> DjangoTask[[int], None]:
    """Make a task of a function that works on the row of this ``pk``, and does nothing when the row is not due."""
    return cast("DjangoTask[[int], None]", shared_task(expires=STALE)(work))


def go_on(task: DjangoTask[[int], None], rows: LeasedQuerySet[Row], pk: int) -> None:
    """Send for the next turn of a row that was just worked on.

    What comes later than the next safety tick, and what is held by somebody by now, is left to the tick.
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
    """Renews until it is ``over`` or lost. Whoever works learns of the loss at the next write."""
    try:
        while not over.wait(pause):
            try:
                lease.renew()
            except LeaseLost:
                return
            except DatabaseError as error:
                logger.warning("A lease was not renewed: %s", error)
    finally:
        connection.close()


def _now() -> datetime:
    return datetime.now(UTC)
