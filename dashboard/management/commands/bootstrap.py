"""``manage.py bootstrap``: set up the administrator and the server from the environment."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.servers.bootstrap import ensure_administrator, ensure_ragflow, ensure_standin


class Command(BaseCommand):
    """Safe to run at every start: what is there stays."""

    help = "Makes the first administrator and the RAGFlow server named by RAGFLOW_BASE_URL and RAGFLOW_API_KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--standin", metavar="ADDRESS", help="a stand-in that runs there, with STANDIN_API_KEYS")
        parser.add_argument(
            "--show-password", action="store_true", help="show a new password even where the output is no terminal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["standin"]:
            if not settings.STANDIN_API_KEYS:
                raise CommandError("STANDIN_API_KEYS is not set: --standin needs the key of the stand-in.")
            ensure_standin(options["standin"], settings.STANDIN_API_KEYS[0])
        elif settings.RAGFLOW_BASE_URL:
            ensure_ragflow(settings.RAGFLOW_BASE_URL, settings.RAGFLOW_API_KEY, verify_tls=settings.RAGFLOW_VERIFY_TLS)
        # What is no terminal is mostly a log, which keeps what it is told and is read by others.
        made = ensure_administrator(may_show=options["show_password"] or self.stdout.isatty())
        if made is None:
            return
        self.stdout.write(f"Administrator:           {made.username}")
        if made.password:
            self.stdout.write(f"Password:                {made.password}   (shown this once)")
        elif made.has_password:
            self.stdout.write("Password:                as ADMIN_PASSWORD says")
        else:
            self.stdout.write(
                f"Password:                none yet, since this is no terminal to show one on. Set one with"
                f" `python manage.py changepassword {made.username}`, or set ADMIN_PASSWORD_FILE and run this again."
            )
