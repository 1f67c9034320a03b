"""Owners of chat sessions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class SessionOwner(models.Model):
    """The user who started a chat session in the dashboard. Sessions without a row were started elsewhere.

    Since 0.25, RAGFlow does not list the sessions of a user, so this is the only list of them. ``asked_at`` is when the
    last question was asked.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    session_id = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # "" if it was started before this was recorded, and the audit trail did not go back so far.
    assistant_id = models.CharField(max_length=64, default="", db_default="")
    started_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "session_id"], name="one_owner_per_session")]
        indexes = [models.Index(fields=["server", "user", "-asked_at"], name="sessions_of_an_owner")]

    def __str__(self) -> str:
        return f"{self.user}: {self.session_id}"
