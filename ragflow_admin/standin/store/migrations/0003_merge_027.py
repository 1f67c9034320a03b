"""Both halves of 0.27's columns."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0002_datasets_027"), ("store", "0002_documents_027")]
    operations = []
