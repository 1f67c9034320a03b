"""Sets up the administrator and the server from the environment at a start. Safe for concurrent starts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction

from dashboard.core.access.administrators import administrators
from dashboard.core.access.rights import Role
from dashboard.models import Server
from dashboard.servers import addresses, order
from dashboard.servers.addresses import STANDIN_SLUG

RAGFLOW_SLUG = "ragflow"


@dataclass(frozen=True)
class Connection:
    """What the environment says about a server."""

    base_url: str
    api_key: str = field(repr=False)
    verify_tls: bool = True
    ca_file: str = ""

    def is_of(self, server: Server) -> bool:
        """Whether the server already has this key."""
        try:
            return server.api_key == self.api_key
        except ImproperlyConfigured:
            return False  # it cannot be decrypted


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
    there = list(administrators().filter(is_active=True))
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
        if administrators().filter(is_active=True).exists():
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


def ensure_standin(base_url: str, api_key: str) -> Server:
    """Set up the built-in stand-in with its current address; the first start makes it the default server."""
    return _saved(
        lambda: Server.objects.filter(slug=STANDIN_SLUG).first() or Server(slug=STANDIN_SLUG, name="Demo"),
        Connection(base_url, api_key),
    )


def ensure_ragflow(base_url: str, api_key: str, *, verify_tls: bool = True, ca_file: str = "") -> Server:
    """Set up the server of the environment at ``base_url`` and update its key; its name is kept.

    A new address gets a new row, since the history of another server stays with that server, which is from then on
    edited on its page. A server that comes to the environment becomes the default one; later starts leave the default.
    """
    connection = Connection(base_url, api_key, verify_tls=verify_tls, ca_file=ca_file)
    return _saved(lambda: _at(connection) or _new(base_url), connection)


def release_environment() -> None:
    """The environment names no server: those that it named before are edited on their pages from now on."""
    Server.objects.filter(from_environment=True).update(from_environment=False)


def _saved(find: Callable[[], Server], connection: Connection) -> Server:
    try:
        return _save(find, connection)
    except IntegrityError:
        # a concurrent start has created it: update it
        return _save(find, connection)


@transaction.atomic
def _save(find: Callable[[], Server], connection: Connection) -> Server:
    # Serialises concurrent starts, unless there is no server yet; then one of them fails and retries.
    list(Server.objects.select_for_update().order_by("pk"))
    server = find()
    is_new = not Server.objects.filter(pk=server.pk).exists()
    if is_new or not connection.is_of(server):
        server.api_key = connection.api_key
    server.base_url = connection.base_url
    server.verify_tls, server.ca_file = connection.verify_tls, connection.ca_file
    if not server.from_environment or not Server.objects.filter(is_default=True).exists():
        Server.objects.filter(is_default=True).update(is_default=False)
        server.is_default = True
    if is_new:
        server.position = order.next_position()
    Server.objects.filter(from_environment=True).update(from_environment=False)
    server.from_environment = True
    server.save()
    return server


def _at(connection: Connection) -> Server | None:
    """The server with an equivalent address; if there are several, that of the environment or with the same key.

    The stand-in never matches, since its address changes.
    """
    others = Server.objects.exclude(slug=STANDIN_SLUG)
    found = [server for server in others if addresses.place(server.base_url) == addresses.place(connection.base_url)]
    return max(found, key=lambda one: (one.from_environment, connection.is_of(one)), default=None)


def _new(base_url: str) -> Server:
    """An unsaved row with a unique name and slug."""
    parts = urlsplit(base_url)
    names = set(Server.objects.values_list("name", flat=True))
    name = f"RAGFlow on {parts.hostname}"[:80]
    if name in names:
        name = f"RAGFlow on {parts.netloc}{parts.path}"[:80]
    slug = RAGFLOW_SLUG
    if Server.objects.filter(slug=slug).exists():
        slug = addresses.free_slug((parts.hostname or "").replace(".", "-"))
    return Server(slug=slug, name=name)
