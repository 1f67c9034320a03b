"""Template context for the frame of every page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.core.web.outages import disk_is_full
from dashboard.core.web.roles import Role, role_of
from dashboard.models import Server


def frame(request: HttpRequest) -> dict[str, Any]:
    """Role, servers and the current server, read only when a template asks.

    ``server`` is the one in the page's address, or the default one.
    """
    servers = getattr(request, "servers", None) or SimpleLazyObject(lambda: list(Server.objects.all()))
    role = role_of(request.user) if hasattr(request, "user") else None
    return {
        "role": role,
        "can_curate": role is not None and role >= Role.CURATOR,
        "can_administer": role is Role.ADMINISTRATOR,
        "servers": servers if role else [],
        "server": getattr(request, "server", None)
        or SimpleLazyObject(lambda: default_server(servers) if role else None),
        "disk_is_full": disk_is_full(),
        # As the user has chosen it; "" leaves it to the browser.
        "theme": getattr(getattr(request, "standing", None), "theme", ""),
        "version": settings.VERSION,
    }


def default_server(servers: Any) -> Server | None:
    """The default server, else the first one, else None."""
    return next((server for server in servers if server.is_default), None) or next(iter(servers), None)
