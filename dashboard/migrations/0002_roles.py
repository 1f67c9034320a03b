from __future__ import annotations

from django.db import migrations

GROUPS = ("Viewer", "Curator", "Administrator")


def make_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in GROUPS:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    """The three groups that ``roles.py`` speaks of. Going back keeps them: people may be in them."""

    dependencies = [("dashboard", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
