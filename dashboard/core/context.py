"""Template context for the frame of every page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.core.access.rights import Role, ServerRights, rights_of
from dashboard.core.web.outages import disk_is_full
from dashboard.core.web.roles import role_in
from dashboard.models import Server


def frame(request: HttpRequest) -> dict[str, Any]:
    """Role, servers and the current server, read only when a template asks.

    ``server`` is the one in the page's address, or the default one. ``can_curate`` is about what the address names,
    ``can_curate_server`` about everything on the server.
    """
    rights = rights_of(getattr(request, "user", None))
    servers = getattr(request, "servers", None) or SimpleLazyObject(lambda: rights.servers(Server.objects.all()))
    role = role_in(request)
    on_server: ServerRights | None = getattr(request, "rights", None)
    return {
        "role": role,
        "can_curate": role is not None and role >= Role.CURATOR,
        "can_curate_server": on_server is not None and (on_server.role or 0) >= Role.CURATOR,
        "can_administer": rights.is_administrator,
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
