from django.db import migrations, models


def order_by_name(apps, schema_editor):
    """Servers were listed by name before they had a position."""
    servers = apps.get_model("dashboard", "Server").objects
    for position, pk in enumerate(servers.order_by("name", "pk").values_list("pk", flat=True)):
        servers.filter(pk=pk).update(position=position)


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0016_sessions_of_an_owner")]

    operations = [
        migrations.AddField(
            "server",
            "ca_file",
            models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="file with certificates"
            ),
        ),
        migrations.AddField(
            "server", "from_environment", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField("server", "position", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
        migrations.AlterModelOptions("server", options={"ordering": ("position", "name", "pk")}),
        migrations.RunPython(order_by_name, migrations.RunPython.noop),
    ]
