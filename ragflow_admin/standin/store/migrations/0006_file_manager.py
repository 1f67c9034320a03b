"""Files of the file manager, and documents that are made of them."""

from __future__ import annotations

from django.db import migrations, models

import ragflow_admin.standin.store.models as store


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_large_datasets"),
    ]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.CharField(default=store.new_id, max_length=32, primary_key=True, serialize=False),
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
        migrations.AddField("document", "file_id", models.CharField(db_index=True, default="", max_length=32)),
        migrations.AlterField("document", "thumbnail", models.CharField(default="", max_length=255, null=True)),
    ]
