"""Resolves the server in an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from dashboard.core.web.http import DashboardRequest
from dashboard.models import Server
from dashboard.servers.connection import connect


class ServerMiddleware:
    """Sets ``request.server`` and ``request.ragflow`` from the ``server_slug`` of an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: DashboardRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        slug = kwargs.pop("server_slug", None)
        if slug is None or not request.user.is_authenticated:
            return
        request.servers = list(Server.objects.all())
        server = next((server for server in request.servers if server.slug == slug), None)
        if server is None:
            raise Http404(slug)
        request.server = server
        request.ragflow = cast("Any", SimpleLazyObject(lambda: connect(server, request.user)))
