"""What documents, chunks and files have in 0.27.

SQLite rebuilds a table to add a column with a default, and drops its triggers with the old one, so they are made anew.
"""

from __future__ import annotations

import time
from importlib import import_module

from django.db import migrations, models

TRIGGERS = [sql for sql in import_module(f"{__package__}.0001_squashed").CREATE if sql.startswith("CREATE TRIGGER")]
DROP = [f"DROP TRIGGER {sql.split()[2]}" for sql in TRIGGERS]


def text(default: str, length: int) -> models.CharField[str, str]:
    return models.CharField(default=default, max_length=length)


class Migration(migrations.Migration):
    dependencies = [("store", "0002_datasets_027")]

    operations = [
        migrations.RunSQL(DROP, TRIGGERS),
        migrations.AddField("chunk", "create_timestamp_flt", models.FloatField(default=time.time)),
        migrations.AddField("chunk", "doc_type_kwd", text("", 16)),
        migrations.AddField("chunk", "tag_feas", models.TextField(default="{}")),
        migrations.AddField("chunk", "tag_kwd", models.TextField(default="[]")),
        migrations.RunSQL(TRIGGERS, DROP),
        migrations.AddField("document", "content_hash", text("", 32)),
        migrations.AddField("file", "location", text("", 1024)),
    ]
