"""The client address of a request, for locking out password guessing."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# No address, for example over a Unix socket: all such clients count as one.
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it


def client_address(request: HttpRequest) -> str:
    """The peer's address or, behind a proxy, the one that the proxy saw (the last one it appended).

    IPv6 addresses are reduced to their /64 network, since a client can choose the rest freely.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        peer = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    return _network(peer) or NOWHERE


def _network(text: str) -> str:
    """The address in this form; "" for text that is not an address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
