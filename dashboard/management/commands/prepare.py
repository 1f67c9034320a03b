"""``manage.py prepare``: prepares a start: database, administrator, server, and static files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Safe to run at every start; takes a second if there is nothing to do."""

    help = "Migrate the database, run bootstrap, and collect static files if they have changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--standin", metavar="ADDRESS", help="see bootstrap")
        parser.add_argument("--show-password", action="store_true", help="see bootstrap")
        parser.add_argument(
            "--only-static", action="store_true", help="only collect the static files, as when an image is built"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["only_static"]:
            self.set_up(options)
        # last, since it takes longest and wrong environment variables have been reported by then
        self.collect(options["verbosity"])

    def set_up(self, options: dict[str, Any]) -> None:
        """Bring the database up to date, with the administrator and the server of the environment."""
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command(
            "bootstrap", standin=options["standin"], show_password=options["show_password"], stdout=self.stdout
        )

    def collect(self, verbosity: int) -> None:
        """Collect the static files unless they are up to date.

        Without the front-end packages those collected before are used. Raises CommandError if there are none.
        """
        stamp = Path(f"{settings.STATIC_ROOT}.stamp")
        if not Path(settings.NODE_MODULES).is_dir():
            if not stamp.exists():
                raise CommandError(
                    f"There are no static files in {settings.STATIC_ROOT}, and node_modules is missing: run npm ci."
                )
            return
        found = fingerprint()
        if stamp.exists() and stamp.read_text(encoding="ascii") == found:
            return
        stamp.unlink(missing_ok=True)
        options = {"ignore_patterns": settings.STATIC_UNUSED, "clear": True}
        call_command("collectstatic", interactive=False, verbosity=verbosity, **options)
        stamp.write_text(found, encoding="ascii")


def fingerprint() -> str:
    """A hash that changes with any static file, its modification time, or how it is served."""
    digest = hashlib.sha256(f"{django.VERSION} {settings.STORAGES['staticfiles']} {settings.STATIC_ROOT}".encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
