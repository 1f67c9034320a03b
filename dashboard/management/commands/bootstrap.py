"""``manage.py bootstrap``: set up the administrator and the server from the environment."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.accounts.sign_in import opening
from dashboard.servers.bootstrap import ensure_administrator, ensure_ragflow, ensure_standin, release_environment


class Command(BaseCommand):
    """Safe to run at every start: existing accounts and servers are kept.

    If nothing in the environment says who administers the installation, it prints the address of the page where the
    first administrator is made. That may go to a log: it is useless once there is an administrator.
    """

    help = "Create the first administrator and the RAGFlow server given by RAGFLOW_BASE_URL and RAGFLOW_API_KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--standin", metavar="ADDRESS", help="address of a running stand-in with STANDIN_API_KEYS")
        parser.add_argument(
            "--show-password", action="store_true", help="show a generated password even without a terminal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["standin"]:
            if not settings.STANDIN_API_KEYS:
                raise CommandError("--standin requires STANDIN_API_KEYS, the stand-in's key.")
            ensure_standin(options["standin"], settings.STANDIN_API_KEYS[0])
        elif settings.RAGFLOW_BASE_URL:
            ensure_ragflow(
                settings.RAGFLOW_BASE_URL,
                settings.RAGFLOW_API_KEY,
                verify_tls=settings.RAGFLOW_VERIFY_TLS,
                ca_file=settings.RAGFLOW_CA_BUNDLE,
            )
        else:
            release_environment()
        if opening.is_open():
            self.stdout.write(f"First start:             {opening.address()}")
            return
        # Output that is not a terminal is usually a log, which others can read.
        made = ensure_administrator(may_show=options["show_password"] or self.stdout.isatty())
        if made is None:
            return
        self.stdout.write(f"Administrator:           {made.username}")
        if made.password:
            self.stdout.write(f"Password:                {made.password}   (shown this once)")
        elif made.has_password:
            self.stdout.write("Password:                set by ADMIN_PASSWORD")
        else:
            self.stdout.write(
                f"Password:                not set, because the output is not a terminal. Set one with"
                f" `python manage.py changepassword {made.username}`, or set ADMIN_PASSWORD_FILE and run this again."
            )
