"""Where a request comes from, for locking out those who guess passwords."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the peer, or, behind a proxy, the one that the proxy itself saw (the last it appended)."""
    peer: str = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    return peer
