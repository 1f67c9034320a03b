"""Indexes for datasets of many documents: counting and listing by state, finding a free name."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0004_graphs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["kb_id", "run", "create_time", "id"], name="document_by_state"),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(fields=["kb_id", "name"], name="document_by_name"),
        ),
    ]
