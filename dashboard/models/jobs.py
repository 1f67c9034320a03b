"""Background jobs on many documents, and the outcome for each document."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from dashboard.models.counting import counts_of
from dashboard.models.leases import Leased, LeasedQuerySet
from dashboard.models.runs import ParseRun


class JobQuerySet(LeasedQuerySet["Job"]):
    """Jobs, with counts of their items."""

    def counted(self) -> list[Job]:
        """These jobs with their ``counts``, in two queries."""
        jobs = list(self)
        counts = counts_of(JobItem, "job", "state", [job.pk for job in jobs])
        for job in jobs:
            job.counts = Counter(job.tallied) or counts[job.pk]
        return jobs

    def unfinished(self) -> JobQuerySet:
        """Unfinished jobs."""
        return self.filter(ended_at=None)

    def without_told(self) -> JobQuerySet:
        """Without jobs that started parsing of all their documents: their parse run is listed instead."""
        batch = Concat(Value("job-"), Cast(OuterRef("pk"), models.CharField()))
        run = ParseRun.objects.filter(server=OuterRef("server"), dataset_id=OuterRef("dataset_id"), batch=batch)
        undone = JobItem.objects.filter(job=OuterRef("pk"), state__in=(JobItem.State.FAILED, JobItem.State.SKIPPED))
        return self.exclude(Exists(run), ~Exists(undone), action="parse", ended_at__isnull=False)


class Job(Leased):
    """One action on many documents of a dataset.

    ``action`` is the key of a registered action (``dashboard/jobs/registry.py``), ``options`` are its parameters.
    ``query`` is the list whose documents are meant until they are ``collected`` into items; ``attempts`` counts
    failures to do so. ``expected`` is the number that the user confirmed; ``counts``, once loaded, the number of items
    by state. Items are deleted before their job: then ``tallied`` keeps the counts.
    ``batch`` groups the documents that one upload panel adds one by one.
    ``last_error`` is RAGFlow's last error, or the reason why the job ended without doing anything.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="jobs")
    dataset_id = models.CharField(max_length=32)
    dataset_name = models.CharField(max_length=255)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    action = models.CharField(max_length=30)
    options = models.JSONField(default=dict, blank=True)
    batch = models.CharField(max_length=40, blank=True)
    query = models.TextField(blank=True)
    expected = models.PositiveIntegerField(default=0)
    collected = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    last_error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tallied = models.JSONField(default=dict, blank=True)

    counts: Counter[str]
    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-pk")
        indexes = [models.Index(fields=["server", "dataset_id", "ended_at"], name="job_by_dataset")]
        constraints = [
            # Files of one upload panel arrive at the same time; only one of them may create the job.
            models.UniqueConstraint(
                fields=["server", "dataset_id", "user", "action", "batch"],
                condition=Q(stop_asked=False) & ~Q(batch=""),
                name="one_job_per_batch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} in {self.dataset_name}, {self.started_at:%Y-%m-%d %H:%M}"

    def count(self) -> None:
        """Load the current ``counts``."""
        self.counts = Counter(self.tallied) or counts_of(JobItem, "job", "state", [self.pk])[self.pk]


class JobItem(models.Model):
    """One document of a job.

    ``precondition`` is the state of the document before the action was sent at ``sent_at``: if the outcome is unknown,
    a document that differs from it has been handled. ``payload`` holds the action's parameters for this document;
    ``not_before`` delays it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        STARTED = "started", _("in progress")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("skipped")
        UNNEEDED = "unneeded", _("nothing to do")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    document_id = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    precondition = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["job", "state", "id"], name="item_by_state"),
            models.Index(fields=["document_id"], name="item_by_document"),
        ]
        constraints = [models.UniqueConstraint(fields=["job", "document_id"], name="document_once_per_job")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
