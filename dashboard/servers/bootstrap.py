"""Sets up the administrator and the server from the environment at a start. Safe for concurrent starts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.text import slugify

from dashboard.core.web.roles import Role
from dashboard.models import Server

STANDIN_SLUG = "demo"
RAGFLOW_SLUG = "ragflow"


@dataclass(frozen=True)
class NewAdministrator:
    """A created account to report on the terminal. ``password`` is empty if it comes from ADMIN_PASSWORD or is not
    set yet.
    """

    username: str
    password: str
    has_password: bool


def ensure_administrator(*, may_show: bool) -> NewAdministrator | None:
    """Create the administrator unless one who can sign in exists; returns it only if created.

    The password is ADMIN_PASSWORD, or a generated one if the caller ``may_show`` it. Otherwise the account is created
    without a password and cannot sign in until ``manage.py changepassword`` or a later start sets one.

    Raises ImproperlyConfigured if ADMIN_USERNAME is a user who is not an administrator, or if ADMIN_PASSWORD violates
    the password rules.
    """
    there = _administrators()
    if any(user.has_usable_password() for user in there):
        return None
    made = secrets.token_urlsafe(12) if may_show and not settings.ADMIN_PASSWORD else ""
    password = _allowed(settings.ADMIN_PASSWORD) or made
    waiting = next((user for user in there if user.get_username() == settings.ADMIN_USERNAME), None)
    if waiting is not None:
        if password:
            waiting.set_password(password)
            waiting.save(update_fields=["password"])
        return NewAdministrator(waiting.get_username(), made, bool(password))
    try:
        with transaction.atomic():
            user = User.objects.create_superuser(settings.ADMIN_USERNAME, password=password or None)
            user.groups.add(Group.objects.get_or_create(name=Role.ADMINISTRATOR.group)[0])
    except IntegrityError as error:
        if _administrators():
            return None  # a concurrent start was faster
        raise ImproperlyConfigured(
            f"ADMIN_USERNAME={settings.ADMIN_USERNAME!r} is a user who is not an administrator. Choose another name."
        ) from error
    return NewAdministrator(user.get_username(), made, bool(password))


def _allowed(password: str) -> str:
    """The password after validation by the rules for all users."""
    if password:
        try:
            validate_password(password, User(username=settings.ADMIN_USERNAME))
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"ADMIN_PASSWORD cannot be used. {' '.join(error.messages)} Set a stronger one, or none to generate it."
            ) from error
    return password


def _administrators() -> list[User]:
    administrators = models.Q(is_superuser=True) | models.Q(groups__name=Role.ADMINISTRATOR.group)
    return list(User.objects.filter(administrators, is_active=True).distinct())


def ensure_standin(base_url: str, api_key: str) -> Server:
    """Make the built-in stand-in the default server, with its current address."""
    return _saved(
        lambda: Server.objects.filter(slug=STANDIN_SLUG).first() or Server(slug=STANDIN_SLUG, name="Demo"),
        base_url,
        api_key,
        verify_tls=True,
    )


def ensure_ragflow(base_url: str, api_key: str, *, verify_tls: bool = True) -> Server:
    """Make the server at ``base_url`` the default one and update its key; its name is kept.

    A new address gets a new row, since the history of another server stays with that server.
    """
    return _saved(lambda: _at(base_url) or _new(base_url), base_url, api_key, verify_tls=verify_tls)


def _saved(find: Callable[[], Server], base_url: str, api_key: str, *, verify_tls: bool) -> Server:
    try:
        return _save(find, base_url, api_key, verify_tls)
    except IntegrityError:
        # a concurrent start has created it: update it
        return _save(find, base_url, api_key, verify_tls)


@transaction.atomic
def _save(find: Callable[[], Server], base_url: str, api_key: str, verify_tls: bool) -> Server:
    # Serialises concurrent starts, unless there is no server yet; then one of them fails and retries.
    list(Server.objects.select_for_update().order_by("pk"))
    server = find()
    server.base_url, server.api_key, server.verify_tls = base_url, api_key, verify_tls
    if not server.is_default:
        Server.objects.filter(is_default=True).update(is_default=False)
        server.is_default = True
    server.save()
    return server


def _at(base_url: str) -> Server | None:
    """The server with an equivalent address. The stand-in never matches, since its address changes."""
    others = Server.objects.exclude(slug=STANDIN_SLUG)
    return next((server for server in others if _place(server.base_url) == _place(base_url)), None)


def _place(address: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(address)
    return (
        parts.scheme,
        parts.hostname,
        parts.port or {"http": 80, "https": 443}.get(parts.scheme),
        parts.path.rstrip("/"),
    )


def _new(base_url: str) -> Server:
    """An unsaved row with a unique name and slug."""
    parts = urlsplit(base_url)
    names = set(Server.objects.values_list("name", flat=True))
    slugs = set(Server.objects.values_list("slug", flat=True))
    name = f"RAGFlow on {parts.hostname}"[:80]
    if name in names:
        name = f"RAGFlow on {parts.netloc}{parts.path}"[:80]
    slug = RAGFLOW_SLUG
    if slug in slugs:
        base = slugify((parts.hostname or "").replace(".", "-"))[:34].strip("-") or RAGFLOW_SLUG
        slug = next(free for number in count(1) if (free := base if number == 1 else f"{base}-{number}") not in slugs)
    return Server(slug=slug, name=name)
