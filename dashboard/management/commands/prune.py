"""``manage.py prune``: deletes records past their retention period (docs/production.md). Beat runs it daily."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dashboard.audit import retention


class Command(BaseCommand):
    """Safe to run at any time."""

    help = "Delete audit entries, jobs, lost edits, sign-in attempts and sessions older than KEEP_…_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, number in retention.prune().items():
            self.stdout.write(f"{what.capitalize()}: {number} deleted")
