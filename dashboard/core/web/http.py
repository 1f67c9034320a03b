"""The request as views see it, and the cookies we set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dashboard.core.access.rights import Role, ServerRights
    from dashboard.models import Server
    from dashboard.ragflow import RAGFlow


class DashboardRequest(HttpRequest):
    """The request of a signed-in user.

    Set on every page of a server: ``server``; ``servers`` that the user may see; ``rights`` on the server; ``role`` in
    what the address names, which ``find_role`` finds out for the view; ``ragflow``, a client with the user's reach.
    """

    user: User
    htmx: HtmxDetails
    server: Server
    servers: list[Server]
    rights: ServerRights
    role: Role | None
    find_role: Callable[[], Role | None]
    ragflow: RAGFlow
    request_id: str


def is_scripted(request: HttpRequest) -> bool:
    """Whether one of our scripts sent the request (htmx, or static/js/core/session.js), so that its page stays open."""
    return bool(getattr(request, "htmx", False)) or "X-Requested-With" in request.headers


def wants_fragment(request: DashboardRequest) -> bool:
    """Whether htmx requests a part of the page. Boosted links and history restores need the whole page."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def set_cookie(response: HttpResponseBase, name: str, value: str, kept: timedelta | int) -> None:
    """Set a same-site cookie that scripts cannot read. ``kept`` is its lifetime, as a timedelta or in seconds."""
    response.set_cookie(
        name,
        value,
        max_age=kept,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
