"""What a document was called when its chunks were cut."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0006_file_manager"),
    ]

    operations = [
        # Django would make the table anew, without the triggers that keep the search up to date.
        migrations.RunSQL(
            "ALTER TABLE store_chunk ADD COLUMN former_name varchar(255) NOT NULL DEFAULT ''",
            state_operations=[
                migrations.AddField(
                    model_name="chunk",
                    name="former_name",
                    field=models.CharField(default="", max_length=255),
                ),
            ],
        ),
    ]
