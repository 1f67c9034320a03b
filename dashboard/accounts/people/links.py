"""Links with which people set their password: invitations and resets. Each works once, until it expires.

The token in a link is 256 random bits. Only its hash is stored, so links cannot be read from the database or a backup.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import AccessLink

Kind = AccessLink.Kind
LIVES: Final = {Kind.INVITATION: timedelta(days=7), Kind.RESET: timedelta(hours=24)}
PAGES: Final = {Kind.INVITATION: "accounts:join", Kind.RESET: "accounts:reset"}


@transaction.atomic
def create(user: User, kind: AccessLink.Kind) -> tuple[AccessLink, str]:
    """A new link for the user and its token, which is not stored. Earlier links of the user stop working."""
    revoke(user)
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + LIVES[kind]
    return AccessLink.objects.create(user=user, kind=kind, digest=_digest(token), expires_at=expires_at), token


def revoke(user: User) -> None:
    """Make the user's links stop working."""
    AccessLink.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=timezone.now())


def address(request: HttpRequest, link: AccessLink, token: str) -> str:
    """The whole address, with the host of the request."""
    return request.build_absolute_uri(reverse(PAGES[Kind(link.kind)], args=(token,)))


def find(token: str, kind: AccessLink.Kind) -> AccessLink | None:
    """The link with this token; None if there never was one, or its user was deleted."""
    return AccessLink.objects.select_related("user__person").filter(kind=kind, digest=_digest(token)).first()


def problem(link: AccessLink) -> str:
    """Why the link does not work any more; "" if it works."""
    if link.used_at:
        return _("This link has been used. Each link works once.")
    if link.revoked_at:
        return _("This link was withdrawn, or replaced by a newer one.")
    if link.expires_at <= timezone.now():
        return _("This link has expired.")
    # The only way to make an account active that waits is its invitation.
    if link.kind == Kind.RESET and not link.user.is_active:
        return _("This account is disabled.")
    return ""


def use(link: AccessLink) -> bool:
    """Mark the link as used; False if it stopped working since it was found. Call it inside a transaction."""
    now = timezone.now()
    works = AccessLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    return bool(works.update(used_at=now))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
