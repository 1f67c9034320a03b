"""Owners of chat sessions."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SessionOwner(models.Model):
    """The user who started a chat session in the dashboard. Sessions without a row were started elsewhere."""

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    session_id = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "session_id"], name="one_owner_per_session")]

    def __str__(self) -> str:
        return f"{self.user}: {self.session_id}"
