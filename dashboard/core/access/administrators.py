"""Who administers the installation, and a lock for changing that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet

from dashboard.core.access.rights import Role


def administrators() -> QuerySet[User]:
    """All administrators, also those who are disabled or have no password."""
    return User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR.group)).distinct()


def with_password() -> QuerySet[User]:
    """The administrators who have a password, also those who are disabled."""
    return administrators().exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


@contextmanager
def locked() -> Iterator[None]:
    """A transaction in which no other request changes who is an administrator."""
    with transaction.atomic():
        Group.objects.get_or_create(name=Role.ADMINISTRATOR.group)
        # SQLite has no row locks: there the transaction itself keeps other writers out.
        Group.objects.select_for_update().get(name=Role.ADMINISTRATOR.group)
        yield
