from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def from_the_audit_trail(apps, schema_editor):
    """Who started the sessions that there are."""
    entries = apps.get_model("dashboard", "AuditEntry").objects.filter(
        action="session.create", outcome="ok", server__isnull=False, user__isnull=False
    )
    owner = apps.get_model("dashboard", "SessionOwner")
    rows = (
        owner(server_id=entry.server_id, user_id=entry.user_id, session_id=entry.target_ids[0])
        for entry in entries.iterator()
        if entry.target_ids
    )
    owner.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0013_audit_job"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_id", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dashboard.server"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["server", "session_id"], name="one_owner_per_session")],
            },
        ),
        migrations.RunPython(from_the_audit_trail, migrations.RunPython.noop),
    ]
