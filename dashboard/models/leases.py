"""Rows that only one worker at a time may process: the columns, and the conditional updates of a lease."""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound="Leased")


class LeasedQuerySet(models.QuerySet[Row]):
    """Queries on leased rows. Workers use them through ``dashboard/jobs/leases.py``."""

    def unfinished(self) -> Self:
        """Rows with work left to do."""
        return self.all()

    def due(self, now: datetime) -> Self:
        """Rows that are due and not leased."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.unfinished().filter(free, next_at__lte=now)

    def claim(self, pk: int, claim: str, now: datetime, until: datetime) -> bool:
        """Lease the row to this claim until then, if it is due. Exactly one of several concurrent claims succeeds."""
        return self.due(now).filter(pk=pk).update(claim=claim, claimed_until=until) == 1

    def held(self, pk: int, claim: str) -> Self:
        """The row while ``claim`` holds it. Every write of a result uses this."""
        return self.filter(pk=pk, claim=claim)


class Leased(models.Model):
    """A row that one worker at a time processes. It does not depend on messages in the queue.

    ``next_at`` is when it is due, None for never. ``claim`` identifies the worker and its turn; unless renewed, the
    lease expires at ``claimed_until``, and the row is due again.
    """

    next_at = models.DateTimeField(null=True, blank=True, db_index=True)
    claim = models.CharField(max_length=150, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
