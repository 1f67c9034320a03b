"""Template tags about servers: ``{% load servers %}``."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from django import template
from django.template import Context

from dashboard.models import Server
from dashboard.servers import status
from dashboard.servers.addresses import STANDIN_SLUG
from dashboard.servers.status import ServerStatus

register = template.Library()

# The page that stands for a kind of pages on every server, by the namespace of its address.
PAGES: Final = {
    "retrieval": "retrieval:lab",
    "assistants": "assistants:list",
    "activity": "activity:page",
    **dict.fromkeys(("datasets", "documents", "outdated", "chunks", "metadata", "graph"), "datasets:list"),
}
# Pages about question sets, whose namespace is that of the lab.
OF_SETS: Final = ("set", "question", "run", "compare", "keep")


class Choice(NamedTuple):
    """A server in the switcher: where it leads, and its last known status (None if not known)."""

    server: Server
    url: str
    status: ServerStatus | None


@register.simple_tag(takes_context=True)
def switcher(context: Context) -> list[Choice]:
    """``{% switcher as choices %}``: all servers in their order. Asks none of them.

    A choice leads to the same kind of page: from a document to the list of datasets, from an administrator's page to
    the overview.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    name = _page(match.namespace if match else "", (match.url_name or "") if match else "")
    servers = list(context.get("servers") or ())
    known = status.all_last_known(servers)
    return [Choice(server, server.url(name), known.get(server.pk)) for server in servers]


@register.filter
def is_demo(server: Any) -> bool:
    """Whether the server is the built-in stand-in, whose address changes with every start."""
    return isinstance(server, Server) and server.slug == STANDIN_SLUG and server.from_environment


def _page(namespace: str, name: str) -> str:
    if namespace == "retrieval" and name.startswith(OF_SETS):
        return "retrieval:sets"
    return PAGES.get(namespace, "overview:page")
