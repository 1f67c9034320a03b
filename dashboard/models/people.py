"""What we store about people beside Django's user.

Preferences, rights on single servers and datasets, links for passwords, signed-in browsers, the owners of chat
sessions, and public links to assistants.
"""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Person(models.Model):
    """One row for each user, made at the first sign-in or with the invitation.

    ``waiting``: invited, and has not set a password yet; the user is inactive until then, with a username of ours.
    ``invited_by`` is the username of who invited them. An empty ``theme`` is the one chosen in the browser, an empty
    ``time_zone`` that of the installation. Sessions that began before ``signed_out_at`` have ended.
    """

    class Theme(models.TextChoices):
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")
        SYSTEM = "system", _("System")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="person"
    )
    theme = models.CharField(max_length=10, choices=Theme.choices, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    signed_out_at = models.DateTimeField(null=True, blank=True)
    waiting = models.BooleanField(default=False)
    invited_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return str(self.user)


class Grant(models.Model):
    """A role of a person on a server, or in one of its datasets: ``dataset_id`` is "" for the whole server.

    ``role`` is a value of ``core.access.rights.Role`` below that of administrators. The name of the dataset is copied,
    because only RAGFlow knows it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="grants")
    dataset_id = models.CharField(max_length=32, blank=True, default="")
    dataset_name = models.CharField(max_length=255, blank=True, default="")
    role = models.PositiveSmallIntegerField(choices=((1, _("Viewer")), (2, _("Curator"))))

    class Meta:
        ordering = ("server", "dataset_name", "pk")
        constraints = [models.UniqueConstraint(fields=["user", "server", "dataset_id"], name="one_grant_per_dataset")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} on {self.server}, {self.dataset_name or 'all datasets'}"


class AccessLink(models.Model):
    """A link with which a person sets their password, once: an invitation or a reset. Only its hash is stored.

    A person has at most one of them that works: a new one revokes those before.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        RESET = "reset", _("password reset")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_links")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} for {self.user}"


class SignedInBrowser(models.Model):
    """A browser in which a person is signed in. Its session refers to the row, and ends when the row is deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="browsers")
    user_agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-seen_at", "-pk")

    def __str__(self) -> str:
        return f"{self.user}: {self.user_agent}"


class SessionOwner(models.Model):
    """The user who started a chat session in the dashboard. Sessions without a row were started elsewhere.

    Since 0.25, RAGFlow does not list the sessions of a user, so this is the only list of them. ``asked_at`` is when the
    last question was asked. The username is copied, so that it outlives the user.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="+")
    session_id = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Has a default in the database, for the release before this one, which may still be running.
    username = models.CharField(max_length=150, blank=True, db_default="")
    # "" if it was started before this was recorded, and the audit trail did not go back so far.
    assistant_id = models.CharField(max_length=64, default="", db_default="")
    started_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "session_id"], name="one_owner_per_session")]
        indexes = [models.Index(fields=["server", "user", "-asked_at"], name="sessions_of_an_owner")]

    def __str__(self) -> str:
        return f"{self.user}: {self.session_id}"


class ShareLink(models.Model):
    """A public link to one assistant. Its address is signed, and can be made again from ``public_id``.

    It acts with the rights of its ``owner``, and ends with their account. ``max_messages`` is for the whole link,
    ``visitor_messages`` for one visitor in a day. ``password`` is a hash, or "". ``sites`` are the origins that may
    show the page in a frame, one a line.
    """

    server = models.ForeignKey("dashboard.Server", on_delete=models.CASCADE, related_name="share_links")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    assistant_id = models.CharField(max_length=64)
    public_id = models.CharField(max_length=43, unique=True)
    title = models.CharField(max_length=120)
    welcome = models.TextField(blank=True)
    shows_sources = models.BooleanField(default=False)
    password = models.CharField(max_length=200, blank=True)
    sites = models.TextField(blank=True)
    max_messages = models.PositiveIntegerField(default=500, validators=[MinValueValidator(1)])
    visitor_messages = models.PositiveIntegerField(default=50, validators=[MinValueValidator(1)])
    messages = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.title

    @property
    def works(self) -> bool:
        """Whether visitors may use it now."""
        return (
            self.revoked_at is None
            and self.expires_at > timezone.now()
            and self.owner is not None
            and self.owner.is_active
        )


class ShareSession(models.Model):
    """A session in RAGFlow that a visitor of a link started. ``visitor`` is a random id from their cookie."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="sessions")
    session_id = models.CharField(max_length=64)
    visitor = models.CharField(max_length=43)
    name = models.CharField(max_length=100)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["link", "visitor"], name="share_sessions_of_a_visitor")]

    def __str__(self) -> str:
        return self.name


def time_zone(name: str | None) -> tzinfo | None:
    """The time zone of this name; None for "" and for one that this machine does not know."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def time_zone_of(user: User | None) -> tzinfo | None:
    """The time zone that a user has chosen; None for that of the installation."""
    names = Person.objects.filter(user=user).values_list("time_zone", flat=True) if user else []
    return time_zone(next(iter(names), ""))
