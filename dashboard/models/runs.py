"""Parsing, as far as RAGFlow does not remember it: who started what, and which datasets are being watched."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dashboard.models.counting import counts_of


class ParseRunQuerySet(models.QuerySet["ParseRun"]):
    """Parse runs with what became of their documents."""

    def counted(self) -> list[ParseRun]:
        """These runs with their ``counts``, in two queries."""
        runs = list(self)
        counts = counts_of(ParsedDocument, "run", "outcome", [run.pk for run in runs])
        for run in runs:
            run.counts = counts[run.pk]
        return runs


class ParseRun(models.Model):
    """Documents of one dataset that somebody had parsed together. ``batch`` joins what one upload tray sent.

    ``counts``, once counted, tells how many of its documents have each outcome.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="parse_runs")
    dataset_id = models.CharField(max_length=32)
    dataset_name = models.CharField(max_length=255)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    batch = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    counts: Counter[str]
    objects = ParseRunQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        indexes = [models.Index(fields=["server", "dataset_id", "ended_at"], name="run_by_dataset")]
        constraints = [
            models.UniqueConstraint(
                fields=["server", "dataset_id", "user", "batch"], condition=~Q(batch=""), name="one_run_per_batch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_name}, {self.started_at:%Y-%m-%d %H:%M}"

    def count(self) -> None:
        """Find out its ``counts`` as they are now."""
        self.counts = counts_of(ParsedDocument, "run", "outcome", [self.pk])[self.pk]


class ParsedDocument(models.Model):
    """One document of a run, and what became of it."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("being parsed")
        PARSED = "parsed", _("parsed")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        GONE = "gone", _("deleted")

    run = models.ForeignKey(ParseRun, on_delete=models.CASCADE, related_name="documents")
    document_id = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)

    class Meta:
        indexes = [models.Index(fields=["run", "outcome"], name="document_by_outcome")]
        constraints = [models.UniqueConstraint(fields=["run", "document_id"], name="document_once_per_run")]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"


class WatchQuerySet(models.QuerySet["Watch"]):
    """Watches, and the one way to take hold of one."""

    def due(self, now: datetime) -> WatchQuerySet:
        """Those that ought to be polled by now."""
        return self.filter(next_poll_at__lte=now)

    def claim(self, pk: int, now: datetime, until: datetime) -> bool:
        """Take the watch until then, if it is due; of several claimants exactly one gets it.

        A worker that dies keeps the watch no longer than ``until``: then it is due again.
        """
        return self.filter(pk=pk).due(now).update(next_poll_at=until, claimed_until=until) == 1

    def release(self, pk: int, until: datetime, next_poll_at: datetime | None, now: datetime) -> None:
        """Give back what was claimed ``until`` then. Who lost the claim meanwhile changes nothing.

        A watch that was woken during the poll is due again at once: the poll may have looked a moment too early.
        """
        held = self.filter(pk=pk, claimed_until=until)
        if not held.filter(woken=False).update(next_poll_at=next_poll_at, claimed_until=None):
            held.update(next_poll_at=now, claimed_until=None, woken=False)


class Watch(models.Model):
    """A dataset whose documents are followed. The row is the truth: no message in a queue is needed to keep it alive.

    ``next_poll_at`` is None while nothing runs and nobody looks; ``seen_at`` is when somebody last looked.
    ``claimed_until`` marks the poll under way: only its holder may write what it found. ``woken`` says that something
    was changed here that no poll has seen yet.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="watches")
    dataset_id = models.CharField(max_length=32)
    next_poll_at = models.DateTimeField(null=True, blank=True, db_index=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    woken = models.BooleanField(default=False)

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("watches")
        constraints = [models.UniqueConstraint(fields=["server", "dataset_id"], name="one_watch_per_dataset")]

    def __str__(self) -> str:
        return f"{self.server_id}/{self.dataset_id}"
