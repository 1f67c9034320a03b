"""The stand-in's tables, and full-text search over the chunks' tokens, kept in step by triggers."""

from __future__ import annotations

from django.db import migrations, models

from ragflow_admin.standin.store import models as store

CREATE = [
    """CREATE VIRTUAL TABLE chunk_search USING
         fts5(tokens, content='store_chunk', content_rowid='row', tokenize='unicode61')""",
    "CREATE VIRTUAL TABLE chunk_terms USING fts5vocab('chunk_search', 'row')",
    """CREATE TRIGGER chunk_added AFTER INSERT ON store_chunk BEGIN
         INSERT INTO chunk_search(rowid, tokens) VALUES (new.row, new.tokens); END""",
    """CREATE TRIGGER chunk_removed AFTER DELETE ON store_chunk BEGIN
         INSERT INTO chunk_search(chunk_search, rowid, tokens) VALUES ('delete', old.row, old.tokens); END""",
    """CREATE TRIGGER chunk_changed AFTER UPDATE OF tokens ON store_chunk BEGIN
         INSERT INTO chunk_search(chunk_search, rowid, tokens) VALUES ('delete', old.row, old.tokens);
         INSERT INTO chunk_search(rowid, tokens) VALUES (new.row, new.tokens); END""",
]
DROP = [
    "DROP TRIGGER chunk_changed",
    "DROP TRIGGER chunk_removed",
    "DROP TRIGGER chunk_added",
    "DROP TABLE chunk_terms",
    "DROP TABLE chunk_search",
]


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("store", "0001_initial"),
        ("store", "0002_search"),
        ("store", "0003_document_order"),
        ("store", "0004_graphs"),
        ("store", "0005_large_datasets"),
        ("store", "0006_file_manager"),
        ("store", "0007_former_names"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Chat",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.CharField(db_index=True, max_length=32)),
                ("name", models.CharField(max_length=1024)),
                ("description", models.TextField(default="A helpful Assistant")),
                ("icon", models.TextField(default="")),
                ("language", models.CharField(default="English", max_length=32)),
                ("llm_id", models.CharField(max_length=255)),
                ("llm_setting", models.TextField()),
                ("prompt_type", models.CharField(default="simple", max_length=16)),
                ("prompt_config", models.TextField()),
                ("meta_data_filter", models.TextField(default="{}")),
                ("similarity_threshold", models.FloatField(default=0.2)),
                ("vector_similarity_weight", models.FloatField(default=0.3)),
                ("top_n", models.IntegerField(default=6)),
                ("top_k", models.IntegerField(default=1024)),
                ("do_refer", models.CharField(default="1", max_length=8)),
                ("rerank_id", models.CharField(default="", max_length=255)),
                ("kb_ids", models.TextField(default="[]")),
                ("status", models.CharField(default="1", max_length=1)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Dataset",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.CharField(db_index=True, max_length=32)),
                ("name", models.CharField(max_length=128)),
                ("avatar", models.TextField(null=True)),
                ("description", models.TextField(null=True)),
                ("language", models.CharField(default="English", max_length=32)),
                ("embd_id", models.CharField(max_length=255)),
                ("permission", models.CharField(default="me", max_length=16)),
                ("parser_id", models.CharField(default="naive", max_length=32)),
                ("parser_config", models.TextField()),
                ("pagerank", models.IntegerField(default=0)),
                ("pipeline_id", models.CharField(max_length=32, null=True)),
                ("graphrag_task_id", models.CharField(max_length=32, null=True)),
                ("graphrag_task_finish_at", models.BigIntegerField(null=True)),
                ("raptor_task_id", models.CharField(max_length=32, null=True)),
                ("raptor_task_finish_at", models.BigIntegerField(null=True)),
                ("doc_num", models.IntegerField(default=0)),
                ("chunk_num", models.IntegerField(default=0)),
                ("token_num", models.IntegerField(default=0)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.CharField(max_length=32)),
                ("parent_id", models.CharField(db_index=True, max_length=32)),
                ("name", models.CharField(max_length=255)),
                ("type", models.CharField(max_length=16)),
                ("size", models.BigIntegerField(default=0)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Graph",
            fields=[
                ("kb_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("content", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("dialog_id", models.CharField(db_index=True, max_length=32)),
                ("name", models.CharField(max_length=1024)),
                ("user_id", models.CharField(default="", max_length=255)),
                ("message", models.TextField()),
                ("reference", models.TextField(default="[]")),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Setting",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("value", models.CharField(max_length=255)),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kb_id", models.CharField(db_index=True, max_length=32)),
                ("doc_id", models.CharField(db_index=True, max_length=32)),
                ("task_type", models.CharField(max_length=16)),
                ("progress", models.FloatField(default=0)),
                ("progress_msg", models.TextField(default="")),
                ("process_duration", models.FloatField(default=0)),
                ("digest", models.CharField(max_length=16)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("id", models.CharField(default=store.new_id, max_length=32, unique=True)),
                ("nickname", models.CharField(max_length=100)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                ("row", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.CharField(max_length=16)),
                ("doc_id", models.CharField(max_length=32)),
                ("kb_id", models.CharField(db_index=True, max_length=32)),
                ("content", models.TextField()),
                ("tokens", models.TextField()),
                ("keywords", models.TextField(default="[]")),
                ("questions", models.TextField(default="[]")),
                ("available", models.BooleanField(default=True)),
                ("positions", models.TextField(default="[]")),
                ("place", models.IntegerField(default=0)),
                ("former_name", models.CharField(default="", max_length=255)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("doc_id", "id"), name="chunk_in_document")],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=store.new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kb_id", models.CharField(max_length=32)),
                ("created_by", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=255)),
                ("location", models.CharField(max_length=1024)),
                ("size", models.BigIntegerField(default=0)),
                ("type", models.CharField(max_length=16)),
                ("suffix", models.CharField(max_length=32)),
                ("source_type", models.CharField(default="local", max_length=32)),
                ("thumbnail", models.CharField(default="", max_length=255, null=True)),
                ("file_id", models.CharField(db_index=True, default="", max_length=32)),
                ("parser_id", models.CharField(max_length=32)),
                ("parser_config", models.TextField()),
                ("pipeline_id", models.CharField(max_length=32, null=True)),
                ("progress", models.FloatField(default=0)),
                ("progress_msg", models.TextField(default="")),
                ("process_begin_at", models.BigIntegerField(null=True)),
                ("process_duration", models.FloatField(default=0)),
                ("run", models.CharField(default="0", max_length=1)),
                ("status", models.CharField(default="1", max_length=16)),
                ("chunk_num", models.IntegerField(default=0)),
                ("token_num", models.IntegerField(default=0)),
                ("meta_fields", models.TextField(default="{}")),
                ("task_id", models.CharField(default="", max_length=32)),
                ("create_time", models.BigIntegerField(default=store.now_ms)),
                ("update_time", models.BigIntegerField(default=store.now_ms)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kb_id", "create_time", "id"], name="document_by_age"),
                    models.Index(fields=["kb_id", "update_time", "id"], name="document_by_change"),
                    models.Index(fields=["kb_id", "run", "create_time", "id"], name="document_by_state"),
                    models.Index(fields=["kb_id", "name"], name="document_by_name"),
                    models.Index(condition=models.Q(("run", "1")), fields=["run"], name="document_by_run"),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
