"""Rows that workers take in turns: the columns, and the conditional updates that give a row to one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound="Leased")


class LeasedQuerySet(models.QuerySet[Row]):
    """Leased rows. ``dashboard/jobs/leases.py`` is what workers use; here is what it asks of the database."""

    def unfinished(self) -> Self:
        """Those that there is work to do for at all."""
        return self.all()

    def due(self, now: datetime) -> Self:
        """Those that ought to be worked on by now, and that nobody holds."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.unfinished().filter(free, next_at__lte=now)

    def claim(self, pk: int, claim: str, now: datetime, until: datetime) -> bool:
        """Give the row to this claim until then, if it is due; of several claims exactly one gets it."""
        return self.due(now).filter(pk=pk).update(claim=claim, claimed_until=until) == 1

    def held(self, pk: int, claim: str) -> Self:
        """The row, as long as it is given to the holder of ``claim``: every write of a result goes through here."""
        return self.filter(pk=pk, claim=claim)


class Leased(models.Model):
    """A row that one worker at a time works on. The row is the truth: no message in a queue keeps it alive.

    ``next_at`` is when it wants to be worked on, None for never. ``claim`` names the worker that has it and its turn;
    unless renewed, it ends at ``claimed_until``, and the row is due again.
    """

    next_at = models.DateTimeField(null=True, blank=True, db_index=True)
    claim = models.CharField(max_length=150, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
