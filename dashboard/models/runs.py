"""What RAGFlow does not store about parsing: who started what, and which datasets are watched."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dashboard.models.counting import counts_of
from dashboard.models.leases import Leased, LeasedQuerySet


class ParseRunQuerySet(models.QuerySet["ParseRun"]):
    """Parse runs, with counts of their outcomes."""

    def counted(self) -> list[ParseRun]:
        """These runs with their ``counts``, in two queries."""
        runs = list(self)
        counts = counts_of(ParsedDocument, "run", "outcome", [run.pk for run in runs])
        for run in runs:
            run.counts = counts[run.pk]
        return runs


class ParseRun(models.Model):
    """Documents of one dataset that a user started to parse together. ``batch`` groups the files of one upload panel.

    ``counts``, once counted, is the number of documents by outcome.
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
    """One document of a run, and its outcome."""

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
        indexes = [
            models.Index(fields=["run", "outcome"], name="document_by_outcome"),
            models.Index(fields=["document_id"], name="parses_of_document"),
        ]
        constraints = [models.UniqueConstraint(fields=["run", "document_id"], name="document_once_per_run")]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"


class WatchQuerySet(LeasedQuerySet["Watch"]):
    """Watches."""


class Watch(Leased):
    """A watched dataset, whose documents are polled.

    ``next_at`` is None while nothing runs and nobody views it; ``seen_at`` is when it was last viewed. ``woken`` says
    that a poll was requested after a change.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="watches")
    dataset_id = models.CharField(max_length=32)
    seen_at = models.DateTimeField(null=True, blank=True)
    woken = models.BooleanField(default=False)

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("watches")
        constraints = [models.UniqueConstraint(fields=["server", "dataset_id"], name="one_watch_per_dataset")]

    def __str__(self) -> str:
        return f"{self.server_id}/{self.dataset_id}"
