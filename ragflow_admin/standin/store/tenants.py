"""API keys and their tenants. One process serves all requests, so a dictionary serves as the cache."""

from __future__ import annotations

import secrets

from ragflow_admin.standin import offered
from ragflow_admin.standin.control import state
from ragflow_admin.standin.store.models import Tenant, Token

_known: dict[str, Tenant] = {}


def by_key(key: str) -> Tenant | None:
    if key not in _known:
        tenant = Tenant.objects.filter(key=key).first() or _by_token(key)
        if tenant is None:
            return None
        _known[key] = tenant
    return _known[key]


def _by_token(key: str) -> Tenant | None:
    token = Token.objects.filter(token=key).first()
    owner = token and Tenant.objects.filter(id=token.tenant_id).first()
    # The same object as for the first key, so that a change of its default models reaches all.
    return by_key(owner.key) if owner else None


def ensure(key: str, nickname: str = "") -> Tenant:
    """The tenant of a key, created if it is new. Its embedding model is the default of the current release."""
    new = {"nickname": nickname or f"standin-{key[-4:]}", "embd_id": offered.EMBEDDING[state.release]}
    tenant, _ = Tenant.objects.get_or_create(key=key, defaults=new)
    _known[key] = tenant
    return tenant


def _random_key() -> str:
    return "ragflow-" + secrets.token_urlsafe(24)


def fresh() -> Tenant:
    """A new key with an empty tenant."""
    return ensure(_random_key(), nickname="fresh")


def add_token(tenant: Tenant) -> Token:
    """A further key of a tenant."""
    return Token.objects.create(token=_random_key(), tenant_id=tenant.id)


def remove_token(tenant: Tenant, key: str) -> None:
    """Makes a further key invalid. A tenant's first key stays, because the tenant is found by it."""
    Token.objects.filter(token=key, tenant_id=tenant.id).delete()
    if key != tenant.key and _known.get(key) is tenant:
        del _known[key]
