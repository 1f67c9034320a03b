"""The tables of version 0.1.0. A database with all of the replaced migrations has them already."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GROUPS = ("Viewer", "Curator", "Administrator")


def make_groups(apps, schema_editor):
    """Create the three groups of ``core/web/roles.py``. Reversing keeps them: users may be members."""
    group = apps.get_model("auth", "Group")
    for name in GROUPS:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("dashboard", "0001_initial"),
        ("dashboard", "0002_roles"),
        ("dashboard", "0003_parse_runs"),
        ("dashboard", "0004_asked_questions"),
        ("dashboard", "0005_question_sets"),
        ("dashboard", "0006_jobs"),
        ("dashboard", "0007_chunk_journal"),
        ("dashboard", "0008_job_options"),
        ("dashboard", "0009_run_pairs"),
        ("dashboard", "0010_outcome_index"),
        ("dashboard", "0011_run_trouble"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuestionSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("dataset_ids", models.JSONField(default=list)),
                ("username", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("name", "pk"),
            },
        ),
        migrations.CreateModel(
            name="QuestionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("username", models.CharField(max_length=150)),
                ("parameters", models.JSONField()),
                ("dataset_ids", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("next_at", models.DateTimeField(db_index=True)),
                ("trouble", models.TextField(blank=True)),
                (
                    "after",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="followers",
                        to="dashboard.questionrun",
                    ),
                ),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="dashboard.questionset"
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
            },
        ),
        migrations.CreateModel(
            name="Server",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("slug", models.SlugField(max_length=40, unique=True, verbose_name="short name in addresses")),
                ("base_url", models.URLField(max_length=300, verbose_name="address")),
                ("encrypted_api_key", models.BinaryField()),
                ("verify_tls", models.BooleanField(default=True, verbose_name="check the TLS certificate")),
                ("is_default", models.BooleanField(default=False, verbose_name="default")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("name", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_server"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="questionset",
            name="server",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="question_sets", to="dashboard.server"
            ),
        ),
        migrations.CreateModel(
            name="ParseRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset_id", models.CharField(max_length=32)),
                ("dataset_name", models.CharField(max_length=255)),
                ("username", models.CharField(max_length=150)),
                ("batch", models.CharField(blank=True, max_length=40)),
                ("started_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parse_runs", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "ordering": ("-started_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset_id", models.CharField(max_length=32)),
                ("dataset_name", models.CharField(max_length=255)),
                ("username", models.CharField(max_length=150)),
                ("action", models.CharField(max_length=30)),
                ("query", models.TextField(blank=True)),
                ("expected", models.PositiveIntegerField(default=0)),
                ("collected", models.BooleanField(default=False)),
                ("stop_asked", models.BooleanField(default=False)),
                ("trouble", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("next_step_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("options", models.JSONField(blank=True, default=dict)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="jobs", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "ordering": ("-started_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="ChunkEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("username", models.CharField(max_length=150)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("dataset_id", models.CharField(max_length=32)),
                ("document_id", models.CharField(max_length=32)),
                ("chunk_id", models.CharField(max_length=64)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("settled", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "ordering": ("made_at", "pk"),
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("username", models.CharField(max_length=150)),
                ("server_name", models.CharField(max_length=80)),
                ("action", models.CharField(db_index=True, max_length=60)),
                ("target_type", models.CharField(max_length=40)),
                ("target_ids", models.JSONField(default=list)),
                ("target_names", models.JSONField(default=list)),
                ("detail", models.JSONField(default=dict)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("ok", "done"), ("failed", "failed"), ("unknown", "unknown")], max_length=10
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("elapsed_ms", models.PositiveIntegerField(default=0)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ("-at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="AskedQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question", models.TextField()),
                ("query", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("found", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="SetQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("documents", models.JSONField(default=list)),
                ("chunks", models.JSONField(default=list)),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="dashboard.questionset",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="QuestionResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("documents", models.JSONField(default=list)),
                ("chunks", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "waiting"), ("asked", "asked"), ("failed", "failed")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("rank", models.PositiveIntegerField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="results", to="dashboard.questionrun"
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dashboard.setquestion",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset_id", models.CharField(max_length=32)),
                ("next_poll_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("woken", models.BooleanField(default=False)),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watches", to="dashboard.server"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "watches",
            },
        ),
        migrations.CreateModel(
            name="JobItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_id", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("started", "at work"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("skipped", "left out"),
                            ("unneeded", "nothing to do"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("mark", models.CharField(blank=True, max_length=80)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.TextField(blank=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("payload", models.JSONField(blank=True, default=dict)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="dashboard.job"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "indexes": [models.Index(fields=["job", "state"], name="item_by_state")],
                "constraints": [models.UniqueConstraint(fields=("job", "document_id"), name="document_once_per_job")],
            },
        ),
        migrations.CreateModel(
            name="ParsedDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_id", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=255)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "being parsed"),
                            ("parsed", "parsed"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                            ("gone", "deleted"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="dashboard.parserun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "outcome"], name="document_by_outcome")],
                "constraints": [models.UniqueConstraint(fields=("run", "document_id"), name="document_once_per_run")],
            },
        ),
        migrations.AddConstraint(
            model_name="questionrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("question_set",), name="one_run_at_a_time_per_set"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionset",
            constraint=models.UniqueConstraint(fields=("server", "name"), name="one_question_set_per_name"),
        ),
        migrations.AddIndex(
            model_name="parserun",
            index=models.Index(fields=["server", "dataset_id", "ended_at"], name="run_by_dataset"),
        ),
        migrations.AddConstraint(
            model_name="parserun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("batch", ""), _negated=True),
                fields=("server", "dataset_id", "user", "batch"),
                name="one_run_per_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="chunkedit",
            index=models.Index(fields=["server", "document_id", "made_at"], name="edits_of_document"),
        ),
        migrations.AddIndex(
            model_name="askedquestion",
            index=models.Index(fields=["server", "user", "-asked_at"], name="asked_lately"),
        ),
        migrations.AddConstraint(
            model_name="askedquestion",
            constraint=models.UniqueConstraint(fields=("server", "user", "digest"), name="asked_once_per_person"),
        ),
        migrations.AddIndex(
            model_name="questionresult",
            index=models.Index(fields=["run", "state"], name="result_by_state"),
        ),
        migrations.AddConstraint(
            model_name="watch",
            constraint=models.UniqueConstraint(fields=("server", "dataset_id"), name="one_watch_per_dataset"),
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
