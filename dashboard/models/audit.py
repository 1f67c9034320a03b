"""The audit trail: who changed what, when, on which server, and with which outcome."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One write through the client. Names and server are copied, so that the entry outlives them.

    ``job`` is the primary key of the job that made the write, which may be deleted before the entry.
    """

    class Outcome(models.TextChoices):
        OK = "ok", _("done")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")
        FOUND = "found", _("done, as found out later")

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    server = models.ForeignKey("dashboard.Server", null=True, on_delete=models.SET_NULL, related_name="+")
    server_name = models.CharField(max_length=80)
    action = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=40)
    target_ids = models.JSONField(default=list)
    target_names = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    # Of the dataset that was changed, or in which something was; "" for everything else, and in older entries.
    dataset_id = models.CharField(max_length=32, blank=True, default="", db_default="")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    error = models.TextField(blank=True)
    elapsed_ms = models.PositiveIntegerField(default=0)
    request_id = models.CharField(max_length=64, blank=True)
    job = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["server", "at"], name="audit_by_server", condition=models.Q(job=None)),
            models.Index(fields=["dataset_id", "-at"], name="audit_by_dataset"),
            models.Index(fields=["server", "-at", "-id"], name="audit_log_of_server"),
        ]

    def __str__(self) -> str:
        targets = ", ".join(self.target_names or self.target_ids)
        return f"{self.username} {self.action} {targets}: {self.outcome}"
