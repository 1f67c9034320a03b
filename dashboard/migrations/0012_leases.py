from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

LEASED = ("watch", "job", "questionrun")


class Migration(migrations.Migration):
    """Watches, jobs and runs of questions are leased in the same way; what is looked for is indexed."""

    dependencies = [
        ("dashboard", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("watch", "next_poll_at", "next_at"),
        migrations.RenameField("job", "next_step_at", "next_at"),
        migrations.AlterField("questionrun", "next_at", models.DateTimeField(blank=True, db_index=True, null=True)),
        migrations.AddField("questionrun", "claimed_until", models.DateTimeField(blank=True, null=True)),
        *[migrations.AddField(name, "claim", models.CharField(blank=True, max_length=150)) for name in LEASED],
        migrations.AddField("job", "attempts", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("job", "batch", models.CharField(blank=True, max_length=40)),
        migrations.AddField("job", "tallied", models.JSONField(blank=True, default=dict)),
        migrations.AddField("jobitem", "sent_at", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField(
            "auditentry",
            "outcome",
            models.CharField(
                choices=[
                    ("ok", "done"),
                    ("failed", "failed"),
                    ("unknown", "unknown"),
                    ("found", "found done after an interruption"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex("job", models.Index(fields=["server", "dataset_id", "ended_at"], name="job_by_dataset")),
        migrations.RemoveIndex("jobitem", "item_by_state"),
        migrations.AddIndex("jobitem", models.Index(fields=["job", "state", "id"], name="item_by_state")),
        migrations.AddIndex("jobitem", models.Index(fields=["document_id"], name="item_by_document")),
        migrations.AddIndex("parseddocument", models.Index(fields=["document_id"], name="parses_of_document")),
        migrations.AddConstraint(
            "job",
            models.UniqueConstraint(
                condition=Q(stop_asked=False) & ~Q(batch=""),
                fields=["server", "dataset_id", "user", "action", "batch"],
                name="one_job_per_batch",
            ),
        ),
    ]
