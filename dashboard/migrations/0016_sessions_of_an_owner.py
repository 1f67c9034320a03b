from __future__ import annotations

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def from_the_audit_trail(apps, schema_editor):
    """Of which assistant the sessions are that there are, and that they were last asked when they were started."""
    owner = apps.get_model("dashboard", "SessionOwner")
    owner.objects.update(asked_at=models.F("started_at"))
    entries = apps.get_model("dashboard", "AuditEntry").objects.filter(
        action="session.create", outcome="ok", server__isnull=False
    )
    for entry in entries.iterator():
        assistant_id = entry.detail.get("assistant_id", "")
        if entry.target_ids and assistant_id:
            rows = owner.objects.filter(server_id=entry.server_id, session_id=entry.target_ids[0])
            rows.update(assistant_id=assistant_id)


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0015_clearer_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sessionowner",
            name="assistant_id",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="sessionowner",
            name="asked_at",
            field=models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddIndex(
            model_name="sessionowner",
            index=models.Index(fields=["server", "user", "-asked_at"], name="sessions_of_an_owner"),
        ),
        migrations.RunPython(from_the_audit_trail, migrations.RunPython.noop),
    ]
