"""Permissions: three roles, each including the one before, declared on every view.

The role that counts is that in the dataset or assistant that the address names, else the highest on the server that it
names, else the highest of all (``core.access.rights``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from dashboard.core.access.rights import NOTHING, Role, ServerRights, rights_of

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def role_in(request: HttpRequest) -> Role | None:
    """The role of the user in what the address names; None for nobody. Outside of views the highest role of all."""
    if hasattr(request, "role"):
        role: Role | None = request.role
        return role
    return rights_of(getattr(request, "user", None)).highest


def _role_here(request: HttpRequest) -> Role | None:
    """Find out ``request.role``, for which RAGFlow may have to be asked; raises as a call to it does."""
    if hasattr(request, "find_role"):
        request.role = request.find_role()  # type: ignore[attr-defined]
    return role_in(request)


def _on_whole_server(request: HttpRequest) -> Role | None:
    _role_here(request)
    rights: ServerRights = getattr(request, "rights", NOTHING)
    return rights.role


def _require(minimum: Role, role_of: Callable[[HttpRequest], Role | None] = _role_here) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            role = role_of(request)
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
curator_of_server = _require(Role.CURATOR, _on_whole_server)
"""Curator on the whole server, not only in some of its datasets: may also create datasets."""
administrator = _require(Role.ADMINISTRATOR)
"""Administrator: may also manage servers and users."""


def public(view: View) -> View:
    """Open without sign-in: the sign-in page and health checks."""
    view.role = None  # type: ignore[attr-defined]
    return login_not_required(view)
