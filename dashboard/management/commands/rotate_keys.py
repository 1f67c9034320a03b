"""``manage.py rotate_keys``: after a change of SECRET_KEY, encrypt the servers' API keys with the new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.models import Server


class Command(BaseCommand):
    """Decrypts each key with SECRET_KEY or one of SECRET_KEY_FALLBACKS and encrypts it with SECRET_KEY.

    Safe to run repeatedly. Keys that cannot be decrypted are kept, and listed at the end.
    """

    help = "Encrypt the API key of every server with SECRET_KEY, so that SECRET_KEY_FALLBACKS can be emptied."

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = _rotate()
        self.stdout.write(f"Encrypted with SECRET_KEY: {done} API {'key' if done == 1 else 'keys'}.")
        if unreadable:
            raise CommandError(
                f"Neither SECRET_KEY nor SECRET_KEY_FALLBACKS can decrypt the API key of {', '.join(unreadable)}. Add"
                " the secret key that was in use when it was stored, then run this command again."
            )
        self.stdout.write("You can empty SECRET_KEY_FALLBACKS now. Sessions not used since the change will end.")


@transaction.atomic
def _rotate() -> tuple[int, list[str]]:
    """The number of encrypted keys, and the names of the servers whose key cannot be decrypted."""
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
