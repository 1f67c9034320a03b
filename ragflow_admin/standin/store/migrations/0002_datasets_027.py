"""Default models, further keys, index jobs and their logs, template groups: what 0.27 keeps about datasets."""

from __future__ import annotations

from django.db import migrations, models

from ragflow_admin.standin.store.times import new_id, now_ms


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="IngestionLog",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kb_id", models.CharField(db_index=True, max_length=32)),
                ("document_id", models.CharField(default="", max_length=32)),
                ("task_type", models.CharField(max_length=32)),
                ("operation_status", models.CharField(max_length=8)),
                ("progress", models.FloatField()),
                ("progress_msg", models.TextField()),
                ("process_begin_at", models.BigIntegerField(null=True)),
                ("process_duration", models.FloatField(default=0)),
                ("create_time", models.BigIntegerField(default=now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="TemplateGroup",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=new_id,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.CharField(db_index=True, max_length=32)),
                ("name", models.CharField(max_length=128)),
                ("description", models.TextField(default="")),
                ("templates", models.JSONField(default=list)),
                ("create_time", models.BigIntegerField(default=now_ms)),
                ("update_time", models.BigIntegerField(default=now_ms)),
            ],
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("token", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("tenant_id", models.CharField(db_index=True, max_length=32)),
                ("create_time", models.BigIntegerField(default=now_ms)),
            ],
        ),
        migrations.AddField(
            model_name="dataset",
            name="connectors",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="dataset",
            name="index_tasks",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="dataset",
            name="tenant_embd_id",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="retry_count",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="tenant",
            name="embd_id",
            field=models.CharField(default="standin/hash-embedding@Builtin", max_length=255),
        ),
        migrations.AddField(
            model_name="tenant",
            name="llm_id",
            field=models.CharField(default="standin-chat___OpenAI-API@OpenAI-API-Compatible", max_length=255),
        ),
        migrations.AddField(
            model_name="tenant",
            name="rerank_id",
            field=models.CharField(default="", max_length=255),
        ),
        migrations.AlterField(
            model_name="task",
            name="task_type",
            field=models.CharField(max_length=32),
        ),
    ]
