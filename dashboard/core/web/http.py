"""The request as our views see it, and the cookies of our answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dashboard.models import Server
    from dashboard.ragflow import RAGFlow


class DashboardRequest(HttpRequest):
    """A signed-in person's request; ``server`` and ``ragflow`` are there on every page of a server."""

    user: User
    htmx: HtmxDetails
    server: Server
    servers: list[Server]
    ragflow: RAGFlow
    request_id: str


def is_scripted(request: HttpRequest) -> bool:
    """Whether a script of ours asks (htmx, or static/js/core/session.js): its page stays, whatever the answer."""
    return bool(getattr(request, "htmx", False)) or "X-Requested-With" in request.headers


def wants_fragment(request: DashboardRequest) -> bool:
    """Whether htmx asks for a part of the page: a boosted link or a history restore wants all of it."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def set_cookie(response: HttpResponseBase, name: str, value: str, kept: timedelta | int) -> None:
    """Give the browser a cookie of ours, for a time or so many seconds: for this site alone, unseen by scripts."""
    response.set_cookie(
        name,
        value,
        max_age=kept,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
