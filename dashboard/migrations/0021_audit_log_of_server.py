from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0020_trials")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["server", "-at", "-id"], name="audit_log_of_server"),
        ),
    ]
