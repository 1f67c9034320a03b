"""``manage.py rotate_keys``: after a change of SECRET_KEY, encrypt the servers' API keys with the new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.models import Server


class Command(BaseCommand):
    """Reads each key with SECRET_KEY or one of SECRET_KEY_FALLBACKS and stores it encrypted with SECRET_KEY.

    Safe to run again. A key that cannot be read is left as it is, and named at the end.
    """

    help = "Encrypts the API key of every server with SECRET_KEY, so that SECRET_KEY_FALLBACKS can be emptied."

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = _rotate()
        self.stdout.write(f"Encrypted with SECRET_KEY: {done} API {'key' if done == 1 else 'keys'}.")
        if unreadable:
            raise CommandError(
                f"Neither SECRET_KEY nor SECRET_KEY_FALLBACKS can read the API key of {', '.join(unreadable)}. Add the"
                " secret key that was in use when it was stored, and run this again."
            )
        self.stdout.write("SECRET_KEY_FALLBACKS can be emptied: sessions not used since the change end then.")


@transaction.atomic
def _rotate() -> tuple[int, list[str]]:
    """How many keys were encrypted, and the names of the servers whose key nobody can read."""
    done, unreadable = 0, []
    for server in Server.objects.select_for_update():
        try:
            server.api_key = server.api_key
        except ImproperlyConfigured:
            unreadable.append(server.name)
        else:
            server.save(update_fields=["encrypted_api_key"])
            done += 1
    return done, unreadable
