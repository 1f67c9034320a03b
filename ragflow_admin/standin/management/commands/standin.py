"""`manage.py standin`: replaces itself by the stand-in, which has its own settings and database."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ragflow_admin.standin.serve import arguments


class Command(BaseCommand):
    help = "Run the built-in stand-in RAGFlow (see docs/standin.md)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        words = [sys.executable, "-m", "ragflow_admin.standin"]
        for name in ("host", "port", "data", "release", "seed"):
            if options[name] is not None:
                words += [f"--{name}", str(options[name])]
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        os.execv(sys.executable, words)  # noqa: S606
