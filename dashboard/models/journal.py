"""Edits of chunks, recorded because RAGFlow creates new chunks whenever a document is reparsed."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ChunkEdit(models.Model):
    """One edit of a chunk. ``before`` is None for an added chunk, ``after`` for a deleted one.

    Both hold content, important_keywords, questions and available. ``settled`` edits are not offered again after a
    reparse, because they were reapplied or discarded.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    dataset_id = models.CharField(max_length=32)
    document_id = models.CharField(max_length=32)
    chunk_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    settled = models.BooleanField(default=False)

    class Meta:
        ordering = ("made_at", "pk")
        indexes = [models.Index(fields=["server", "document_id", "made_at"], name="edits_of_document")]

    def __str__(self) -> str:
        return f"{self.username}: {self.chunk_id}"
