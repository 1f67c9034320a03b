"""What a start sets up: the administrator, and the server that the environment names. Safe when two start at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, models, transaction

from dashboard.models import Server
from dashboard.roles import Role


@dataclass(frozen=True)
class NewAdministrator:
    """The name and password to print, once."""

    username: str
    password: str


def ensure_administrator() -> NewAdministrator | None:
    """Makes the administrator when there is none; returns name and password only then.

    Raises ImproperlyConfigured when ADMIN_USERNAME belongs to somebody who is no administrator.
    """
    if _administrator_exists():
        return None
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            user = User.objects.create_superuser(settings.ADMIN_USERNAME, password=password)
            user.groups.add(Group.objects.get_or_create(name=Role.ADMINISTRATOR.group)[0])
    except IntegrityError as error:
        if _administrator_exists():
            return None  # another start was faster by a moment
        raise ImproperlyConfigured(
            f"ADMIN_USERNAME={settings.ADMIN_USERNAME!r} is somebody who is no administrator: choose another name."
        ) from error
    return NewAdministrator(user.get_username(), password)


def _administrator_exists() -> bool:
    administrators = models.Q(is_superuser=True) | models.Q(groups__name=Role.ADMINISTRATOR.group)
    return User.objects.filter(administrators, is_active=True).exists()


def ensure_server(slug: str, name: str, base_url: str, api_key: str, *, verify_tls: bool = True) -> Server:
    """Makes the server ``slug`` or brings its address and key up to date, and makes it the default.

    A name that somebody gave it later is kept.
    """
    try:
        return _save_server(slug, name, base_url, api_key, verify_tls)
    except IntegrityError:
        # another start made it since we looked: now it is there to be updated
        return _save_server(slug, name, base_url, api_key, verify_tls)


@transaction.atomic
def _save_server(slug: str, name: str, base_url: str, api_key: str, verify_tls: bool) -> Server:
    server = Server.objects.select_for_update().filter(slug=slug).first() or Server(slug=slug, name=name)
    server.base_url, server.api_key, server.verify_tls = base_url, api_key, verify_tls
    if not server.is_default:
        Server.objects.filter(is_default=True).update(is_default=False)
        server.is_default = True
    server.save()
    return server
