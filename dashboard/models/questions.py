"""Questions that people asked in the retrieval lab, to be asked again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AskedQuestion(models.Model):
    """A question with all its settings: ``query`` is the lab's address after the question mark.

    ``digest`` tells two of them apart; ``found`` is how many chunks the first setting kept.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    question = models.TextField()
    query = models.TextField()
    digest = models.CharField(max_length=64)
    found = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = [models.Index(fields=["server", "user", "-asked_at"], name="asked_lately")]
        constraints = [models.UniqueConstraint(fields=["server", "user", "digest"], name="asked_once_per_person")]

    def __str__(self) -> str:
        return self.question[:80]
