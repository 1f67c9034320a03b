"""``manage.py bootstrap``: set up the administrator and the server from the environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.servers.bootstrap import ensure_administrator, ensure_server


class Command(BaseCommand):
    """Safe to run at every start: what is there stays."""

    help = "Makes the first administrator and the RAGFlow server named by RAGFLOW_BASE_URL and RAGFLOW_API_KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--standin", metavar="ADDRESS", help="a stand-in that runs there, with STANDIN_API_KEYS")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["standin"]:
            if not settings.STANDIN_API_KEYS:
                raise CommandError("STANDIN_API_KEYS is not set: --standin needs the key of the stand-in.")
            ensure_server("demo", "Demo", options["standin"], settings.STANDIN_API_KEYS[0])
        elif settings.RAGFLOW_BASE_URL:
            host = urlsplit(settings.RAGFLOW_BASE_URL).hostname
            ensure_server(
                "ragflow",
                f"RAGFlow on {host}"[:80],
                settings.RAGFLOW_BASE_URL,
                settings.RAGFLOW_API_KEY,
                verify_tls=settings.RAGFLOW_VERIFY_TLS,
            )
        made = ensure_administrator()
        if made:
            self.stdout.write(f"Administrator:           {made.username}")
            self.stdout.write(f"Password:                {made.password}   (shown this once)")
