import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0008_job_options"),
    ]

    operations = [
        migrations.AddField(
            model_name="questionrun",
            name="after",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="followers",
                to="dashboard.questionrun",
            ),
        ),
        migrations.AlterField(
            model_name="questionrun",
            name="state",
            field=models.CharField(
                choices=[("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
                default="running",
                max_length=10,
            ),
        ),
    ]
