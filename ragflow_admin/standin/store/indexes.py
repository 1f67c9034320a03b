"""The tables of what is made of a whole dataset: jobs, their logs, graphs, and the templates for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ragflow_admin.standin.store.times import new_id, now_ms


class Task(models.Model):
    """A job over a dataset: GraphRAG or RAPTOR, in 0.27 any index.

    0.24 attaches it to the oldest document of the dataset, 0.27 to none (`doc_id` is `graph_raptor_x`).
    """

    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    kb_id = models.CharField(max_length=32, db_index=True)
    doc_id = models.CharField(max_length=32, db_index=True)
    task_type = models.CharField(max_length=32)
    progress = models.FloatField(default=0)
    progress_msg = models.TextField(default="")
    process_duration = models.FloatField(default=0)
    digest = models.CharField(max_length=16)
    retry_count = models.IntegerField(default=0)
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Task]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.task_type} {self.id}"


class Graph(models.Model):
    """The knowledge graph of a dataset, as it is returned."""

    kb_id = models.CharField(max_length=32, primary_key=True)
    content = models.TextField()

    objects: ClassVar[models.Manager[Graph]] = models.Manager()

    def __str__(self) -> str:
        return self.kb_id


class IngestionLog(models.Model):
    """What a job wrote when it ended (0.27): of a document, or of the whole dataset if `document_id` is empty."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    kb_id = models.CharField(max_length=32, db_index=True)
    document_id = models.CharField(max_length=32, default="")
    task_type = models.CharField(max_length=32)
    operation_status = models.CharField(max_length=8)
    progress = models.FloatField()
    progress_msg = models.TextField()
    process_begin_at = models.BigIntegerField(null=True)
    process_duration = models.FloatField(default=0)
    create_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[IngestionLog]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.task_type} of {self.document_id or self.kb_id}"


class TemplateGroup(models.Model):
    """A compilation template group (0.27): what is made of a dataset's chunks. `templates` as they were sent."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    tenant_id = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=128)
    description = models.TextField(default="")
    templates = models.JSONField(default=list)
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[TemplateGroup]] = models.Manager()

    def __str__(self) -> str:
        return self.name
