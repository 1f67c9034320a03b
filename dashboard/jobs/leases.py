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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic

from django.db import DatabaseError, connection, transaction

from dashboard.jobs import workers
from dashboard.models.leases import LeasedQuerySet, Row

logger = logging.getLogger(__name__)

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
