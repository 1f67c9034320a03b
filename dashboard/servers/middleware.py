"""Resolves the server in an address, and applies the rights of the user to what the address names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from dashboard.core.access.rights import Role, rights_of
from dashboard.core.web.http import DashboardRequest
from dashboard.models import Server
from dashboard.servers.connection import connect

# The areas that are also open to people who only see some datasets of a server. Each shows them no other dataset.
OPEN_IN_PART: Final = frozenset(
    {
        "overview",
        "datasets",
        "documents",
        "outdated",
        "chunks",
        "conditions",
        "retrieval",
        "metadata",
        "graph",
        "ingestion",
        "activity",
        "assistants",
        "sharing",
        "playground",
    }
)


class ServerMiddleware:
    """Sets ``request.server``, ``rights``, ``find_role`` and ``ragflow`` from the ``server_slug`` of an address.

    404 for a server, dataset or assistant that the user may not know of, as if it did not exist.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: DashboardRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        slug = kwargs.pop("server_slug", None)
        if slug is None or not request.user.is_authenticated:
            return
        person = rights_of(request.user)
        if person.highest is None:
            return  # the view refuses, whatever the address names
        request.servers = person.servers(Server.objects.all())
        server = next((server for server in request.servers if server.slug == slug), None)
        rights = person.on(server) if server else None
        if server is None or rights is None:
            raise Http404(slug)
        request.server = server
        request.rights = rights
        request.ragflow = cast("Any", SimpleLazyObject(lambda: connect(server, request.user)))
        request.find_role = partial(_role, request, dict(kwargs))
        area = request.resolver_match.namespace if request.resolver_match else ""
        if rights.is_limited and area not in OPEN_IN_PART:
            raise Http404(area)
        if "dataset_id" in kwargs and not rights.sees(kwargs["dataset_id"]):
            raise Http404(kwargs["dataset_id"])


def _role(request: DashboardRequest, named: dict[str, Any]) -> Role | None:
    """The role in what the address names: a dataset, an assistant, or else the highest on the server."""
    if "dataset_id" in named:
        return request.rights.role_in(named["dataset_id"])
    if request.rights.is_limited and "assistant_id" in named:
        # Only RAGFlow knows which datasets it uses. The client raises NotFound if one of them is out of reach.
        return request.rights.role_in_all(request.ragflow.chats.datasets_of(named["assistant_id"]))
    return request.rights.highest
