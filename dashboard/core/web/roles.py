"""Permissions: three roles, each including the one before, declared on every view.

A user's role is the highest of their Django groups; a superuser is an administrator.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Role(enum.IntEnum):
    """The roles in ascending order. ``group`` is the name of the Django group."""

    VIEWER = 1
    CURATOR = 2
    ADMINISTRATOR = 3

    @property
    def group(self) -> str:
        return self.name.title()


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """The user's highest role, or None. Read from the database once per user object."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMINISTRATOR
    if not hasattr(user, "_role"):
        know_groups(user, user.groups.values_list("name", flat=True))
    role: Role | None = user._role  # type: ignore[attr-defined]
    return role


def know_groups(user: User, names: Iterable[str | None]) -> None:
    """Spare ``role_of`` its query: these are the names of the user's groups."""
    groups = set(names)
    user._role = max((role for role in Role if role.group in groups), default=None)  # type: ignore[attr-defined]


def _require(minimum: Role) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            role = role_of(request.user)
            if role is None or role < minimum:
                raise PermissionDenied(
                    _("This requires the %(role)s role. Ask an administrator.") % {"role": minimum.group}
                )
            return view(request, *args, **kwargs)

        checked.role = minimum  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate


viewer = _require(Role.VIEWER)
"""At least Viewer: may read and chat."""
curator = _require(Role.CURATOR)
"""At least Curator: may also edit content."""
administrator = _require(Role.ADMINISTRATOR)
"""Administrator: may also manage servers and users."""


def public(view: View) -> View:
    """Open without sign-in: the sign-in page and health checks."""
    view.role = None  # type: ignore[attr-defined]
    return login_not_required(view)
