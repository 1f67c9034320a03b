from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0014_session_owners")]

    operations = [
        migrations.RenameField("job", "trouble", "last_error"),
        migrations.RenameField("questionrun", "trouble", "last_error"),
        migrations.RenameField("jobitem", "mark", "precondition"),
        migrations.AlterField(
            "jobitem",
            "state",
            models.CharField(
                choices=[
                    ("waiting", "waiting"),
                    ("started", "in progress"),
                    ("done", "done"),
                    ("failed", "failed"),
                    ("skipped", "skipped"),
                    ("unneeded", "nothing to do"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
    ]
