"""About: the product's version and licence, and the release of the server."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.core.access.rights import rights_of
from dashboard.core.context import default_server
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.models import Server
from dashboard.ragflow import Timeouts, errors
from dashboard.servers.connection import client_for

# The release is remembered; if not, one short question must do.
TIMEOUTS: Final = Timeouts(connect=1.0, read=2.0, whole=3.0)


@require_GET
@never_cache
@viewer
def about(request: DashboardRequest) -> HttpResponse:
    """The page. ``server`` is the short name of the server that the person comes from."""
    servers = rights_of(request.user).servers(Server.objects.all())
    named = next((one for one in servers if one.slug == request.GET.get("server")), None)
    server = named or default_server(servers)
    context = {"about_server": server, "release": _release_of(server) if server else ""}
    return render(request, "accounts/profile/about.html", context)


def _release_of(server: Server) -> str:
    """RAGFlow's release; "" if it does not answer."""
    try:
        return str(client_for(server, TIMEOUTS).release())
    except errors.RAGFlowError:
        return ""
