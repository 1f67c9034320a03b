"""Where a request comes from, for locking out those who guess passwords."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# Through a socket file, say: all who come from there count as one.
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it


def client_address(request: HttpRequest) -> str:
    """The address of the peer, or, behind a proxy, the one that the proxy itself saw (the last it appended).

    Of an IPv6 address the network that one customer has (/64): the rest of it anybody changes as they like.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        peer = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    return _network(peer) or NOWHERE


def _network(text: str) -> str:
    """ "" for what is no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
