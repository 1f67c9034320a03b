"""``manage.py prune``: deletes what is older than it has to be kept (docs/production.md); beat does it once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dashboard.audit import retention


class Command(BaseCommand):
    """Safe to run at any time, beside everything else."""

    help = "Deletes audit entries, jobs, lost edits, sign-in attempts and sessions that are older than KEEP_…_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, number in retention.prune().items():
            self.stdout.write(f"{what.capitalize()}: {number} deleted")
