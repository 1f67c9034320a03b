"""``manage.py bootstrap``: set up the administrator and the server from the environment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard.servers.bootstrap import ensure_administrator, ensure_server


class Command(BaseCommand):
    """Safe to run at every start: what is there stays."""

    help = "Makes the first administrator and the RAGFlow server named by RAGFLOW_BASE_URL and RAGFLOW_API_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.RAGFLOW_BASE_URL:
            if not settings.RAGFLOW_API_KEY:
                raise CommandError("RAGFLOW_BASE_URL is set, RAGFLOW_API_KEY is not: both are needed.")
            host = urlsplit(settings.RAGFLOW_BASE_URL).hostname or "ragflow"
            ensure_server(
                "ragflow",
                f"RAGFlow on {host}"[:80],
                settings.RAGFLOW_BASE_URL,
                settings.RAGFLOW_API_KEY,
                verify_tls=settings.RAGFLOW_VERIFY_TLS,
            )
        made = ensure_administrator()
        if made:
            shown = "as set in ADMIN_PASSWORD" if settings.ADMIN_PASSWORD else made.password
            self.stdout.write(f"Administrator: {made.username}  Password: {shown}")
