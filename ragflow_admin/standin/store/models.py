"""The tables. Columns have RAGFlow's own names (`kb_id`, `parser_id` …), because `orderby` uses them."""

from __future__ import annotations

import time
from typing import ClassVar

from django.db import models

from ragflow_admin.standin import offered
from ragflow_admin.standin.store.indexes import Graph, IngestionLog, Task, TemplateGroup
from ragflow_admin.standin.store.times import new_id, now_ms

__all__ = [
    "Chat", "Chunk", "Dataset", "Document", "File", "Graph", "IngestionLog", "Session", "Setting", "Task",
    "TemplateGroup", "Tenant", "Token", "new_id", "now_ms",
]  # fmt: skip


class Tenant(models.Model):
    key = models.CharField(max_length=255, primary_key=True)
    id = models.CharField(max_length=32, unique=True, default=new_id)
    nickname = models.CharField(max_length=100)
    # The default models. An embedding model by the release that the tenant was made on, see `tenants.ensure`.
    llm_id = models.CharField(max_length=255, default=offered.CHAT)
    embd_id = models.CharField(max_length=255, default=offered.EMBEDDING["0.24"])
    rerank_id = models.CharField(max_length=255, default="")
    create_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Tenant]] = models.Manager()

    def __str__(self) -> str:
        return self.nickname


class Token(models.Model):
    """A further key of a tenant (0.27)."""

    token = models.CharField(max_length=255, primary_key=True)
    tenant_id = models.CharField(max_length=32, db_index=True)
    create_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Token]] = models.Manager()

    def __str__(self) -> str:
        return self.tenant_id


class Dataset(models.Model):
    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    tenant_id = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=128)
    avatar = models.TextField(null=True)
    description = models.TextField(null=True)
    language = models.CharField(max_length=32, default="English")
    embd_id = models.CharField(max_length=255)
    tenant_embd_id = models.CharField(max_length=32, null=True)
    permission = models.CharField(max_length=16, default="me")
    parser_id = models.CharField(max_length=32, default="naive")
    parser_config = models.TextField()
    pagerank = models.IntegerField(default=0)
    pipeline_id = models.CharField(max_length=32, null=True)
    graphrag_task_id = models.CharField(max_length=32, null=True)
    graphrag_task_finish_at = models.BigIntegerField(null=True)
    raptor_task_id = models.CharField(max_length=32, null=True)
    raptor_task_finish_at = models.BigIntegerField(null=True)
    # The ids of the other index jobs of 0.27, by kind.
    index_tasks = models.JSONField(default=dict)
    connectors = models.JSONField(default=list)
    doc_num = models.IntegerField(default=0)
    chunk_num = models.IntegerField(default=0)
    token_num = models.IntegerField(default=0)
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Dataset]] = models.Manager()

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    kb_id = models.CharField(max_length=32)
    created_by = models.CharField(max_length=32)
    name = models.CharField(max_length=255)
    location = models.CharField(max_length=1024)
    size = models.BigIntegerField(default=0)
    type = models.CharField(max_length=16)
    suffix = models.CharField(max_length=32)
    source_type = models.CharField(max_length=32, default="local")
    # An upload has at least an empty one; a document linked to a file of the file manager has none.
    thumbnail = models.CharField(max_length=255, default="", null=True)
    file_id = models.CharField(max_length=32, default="", db_index=True)
    parser_id = models.CharField(max_length=32)
    parser_config = models.TextField()
    pipeline_id = models.CharField(max_length=32, null=True)
    progress = models.FloatField(default=0)
    progress_msg = models.TextField(default="")
    process_begin_at = models.BigIntegerField(null=True)
    process_duration = models.FloatField(default=0)
    run = models.CharField(max_length=1, default="0")
    status = models.CharField(max_length=16, default="1")
    chunk_num = models.IntegerField(default=0)
    token_num = models.IntegerField(default=0)
    meta_fields = models.TextField(default="{}")
    task_id = models.CharField(max_length=32, default="")
    # 32 hex digits derived from the uploaded content; "" for a document without, or of a 0.24 upload.
    content_hash = models.CharField(max_length=32, default="")
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Document]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["kb_id", "create_time", "id"], name="document_by_age"),
            models.Index(fields=["kb_id", "update_time", "id"], name="document_by_change"),
            models.Index(fields=["kb_id", "run", "create_time", "id"], name="document_by_state"),
            models.Index(fields=["kb_id", "name"], name="document_by_name"),
            models.Index(fields=["run"], name="document_by_run", condition=models.Q(run="1")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stored_as(self) -> str:
        """The id of the stored content; a linked document has no content of its own."""
        return self.file_id or self.id


class File(models.Model):
    """A file or folder of the file manager; `parent_id` is the tenant's id in the root folder."""

    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    tenant_id = models.CharField(max_length=32)
    parent_id = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=255)
    # Where the content is in its folder's storage: the name of the upload, whatever the file was renamed to.
    location = models.CharField(max_length=1024, default="")
    type = models.CharField(max_length=16)
    size = models.BigIntegerField(default=0)
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[File]] = models.Manager()

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    row = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=16)
    doc_id = models.CharField(max_length=32)
    kb_id = models.CharField(max_length=32, db_index=True)
    content = models.TextField()
    tokens = models.TextField()
    keywords = models.TextField(default="[]")
    questions = models.TextField(default="[]")
    available = models.BooleanField(default=True)
    positions = models.TextField(default="[]")
    place = models.IntegerField(default=0)
    # The name before a rename, which RAGFlow's chunks keep; "" if it was never renamed.
    former_name = models.CharField(max_length=255, default="")
    tag_kwd = models.TextField(default="[]")
    tag_feas = models.TextField(default="{}")
    # "image" for a chunk added with a picture, whose content is stored under `<kb_id>-<id>`; else "".
    doc_type_kwd = models.CharField(max_length=16, default="")
    create_timestamp_flt = models.FloatField(default=time.time)

    objects: ClassVar[models.Manager[Chunk]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["doc_id", "id"], name="chunk_in_document")]

    def __str__(self) -> str:
        return self.id


class Chat(models.Model):
    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    tenant_id = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=1024)
    description = models.TextField(default="A helpful Assistant")
    icon = models.TextField(default="")
    language = models.CharField(max_length=32, default="English")
    llm_id = models.CharField(max_length=255)
    llm_setting = models.TextField()
    prompt_type = models.CharField(max_length=16, default="simple")
    prompt_config = models.TextField()
    meta_data_filter = models.TextField(default="{}")
    similarity_threshold = models.FloatField(default=0.2)
    vector_similarity_weight = models.FloatField(default=0.3)
    top_n = models.IntegerField(default=6)
    top_k = models.IntegerField(default=1024)
    do_refer = models.CharField(max_length=8, default="1")
    rerank_id = models.CharField(max_length=255, default="")
    kb_ids = models.TextField(default="[]")
    status = models.CharField(max_length=1, default="1")
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Chat]] = models.Manager()

    def __str__(self) -> str:
        return self.name


class Session(models.Model):
    id = models.CharField(max_length=32, primary_key=True, default=new_id)
    dialog_id = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=1024)
    user_id = models.CharField(max_length=255, default="")
    message = models.TextField()
    reference = models.TextField(default="[]")
    create_time = models.BigIntegerField(default=now_ms)
    update_time = models.BigIntegerField(default=now_ms)

    objects: ClassVar[models.Manager[Session]] = models.Manager()

    def __str__(self) -> str:
        return self.name


class Setting(models.Model):
    """Settings for the parsing process from the control endpoint: `speed`, `paused`."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.CharField(max_length=255)

    objects: ClassVar[models.Manager[Setting]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
