"""Addresses of servers: what is typed, when two are the same, and the short name in the addresses of our pages."""

from __future__ import annotations

from itertools import count
from typing import Final
from urllib.parse import urlsplit

from django.utils.text import slugify

from dashboard.models import Server

STANDIN_SLUG: Final = "demo"
# The client adds it to every path.
API: Final = "/api/v1"
Place = tuple[str, str, int | None, str]


def cleaned(address: str) -> tuple[str, bool]:
    """A typed address without blanks, slashes and ``/api/v1`` at its end; and whether ``/api/v1`` was there."""
    found = address.strip().rstrip("/")
    without = found.removesuffix(API).rstrip("/")
    return without, without != found


def place(address: str) -> Place:
    """Scheme, host, port and path: equal for two ways to write one address."""
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.scheme, parts.hostname or "", port, parts.path.rstrip("/"))


def same_host(one: str, other: str) -> bool:
    """Whether both addresses lead to the same scheme, host and port, so that one key may be sent to both."""
    return place(one)[:3] == place(other)[:3]


def free_slug(name: str) -> str:
    """A short name for addresses of pages that no server has. That of the stand-in stays free for it."""
    taken = {STANDIN_SLUG, *Server.objects.values_list("slug", flat=True)}
    base = slugify(name)[:34].strip("-") or "ragflow"
    return next(free for number in count(1) if (free := base if number == 1 else f"{base}-{number}") not in taken)
