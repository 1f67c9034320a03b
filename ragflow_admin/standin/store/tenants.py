"""API keys and their tenants. One process serves all requests, so a dictionary serves as the cache."""

from __future__ import annotations

import secrets

from ragflow_admin.standin.store.models import Tenant

_known: dict[str, Tenant] = {}


def by_key(key: str) -> Tenant | None:
    if key not in _known:
        tenant = Tenant.objects.filter(key=key).first()
        if tenant is None:
            return None
        _known[key] = tenant
    return _known[key]


def ensure(key: str, nickname: str = "") -> Tenant:
    """The tenant of a key, created if it is new."""
    tenant, _ = Tenant.objects.get_or_create(key=key, defaults={"nickname": nickname or f"standin-{key[-4:]}"})
    _known[key] = tenant
    return tenant


def fresh() -> Tenant:
    """A new key with an empty tenant."""
    return ensure("ragflow-" + secrets.token_urlsafe(24), nickname="fresh")
