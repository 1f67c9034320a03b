"""What the first start sets up: the administrator and the server that the environment names."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from dashboard.models import Server
from dashboard.roles import Role


@dataclass(frozen=True)
class NewAdministrator:
    """The name and password to print, once."""

    username: str
    password: str


def ensure_administrator() -> NewAdministrator | None:
    """Makes the administrator when there is none; returns name and password only then."""
    if (
        User.objects.filter(is_superuser=True).exists()
        or User.objects.filter(groups__name=Role.ADMINISTRATOR.group).exists()
    ):
        return None
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
    with transaction.atomic():
        user = User.objects.create_superuser(settings.ADMIN_USERNAME, password=password)
        user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR.group))
    return NewAdministrator(user.get_username(), password)


def ensure_server(slug: str, name: str, base_url: str, api_key: str, *, verify_tls: bool = True) -> Server:
    """Makes the server ``slug`` or brings its address and key up to date, and makes it the default.

    A name that somebody gave it later is kept.
    """
    with transaction.atomic():
        server = Server.objects.filter(slug=slug).first() or Server(slug=slug, name=name)
        server.base_url, server.api_key, server.verify_tls = base_url, api_key, verify_tls
        if not server.is_default:
            Server.objects.filter(is_default=True).update(is_default=False)
            server.is_default = True
        server.save()
    return server
