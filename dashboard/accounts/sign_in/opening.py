"""Whether the installation still waits for its first administrator, and the address where they are made.

The address is printed on the terminal by ``manage.py bootstrap``, so that no stranger on the network can take the
installation. It is derived from SECRET_KEY: all processes know it without storing it, and nobody can guess it. It works
until there is an administrator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from dashboard.core.access import administrators

SALT: Final = "dashboard.accounts.first_start"


def is_open() -> bool:
    """Whether nobody can administer the installation yet, and the environment does not say who will."""
    return bool(settings.FIRST_START) and not administrators.with_password().exists()


def address() -> str:
    """The path of the page where the first administrator is made."""
    return reverse("accounts:welcome", args=(_token(),))


def is_right(token: str) -> bool:
    """Whether this is the token of the address."""
    return constant_time_compare(token, _token())


@contextmanager
def only_once() -> Iterator[bool]:
    """A transaction that tells whether it is still open. Of two people at the same time, the second is told no."""
    with administrators.locked():
        yield is_open()


def _token() -> str:
    """Another one for each state of the accounts: an address from an old log does not work again."""
    newest = User.objects.aggregate(newest=Max("pk"))["newest"]
    return salted_hmac(SALT, f"after {newest}", algorithm="sha256").hexdigest()[:40]
