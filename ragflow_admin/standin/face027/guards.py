"""Who may call a route of 0.27, and the default way to make one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ragflow_admin.standin.http import routing
from ragflow_admin.standin.http.routing import Handler, Unauthorized
from ragflow_admin.standin.store import tenants
from ragflow_admin.standin.store.models import Tenant


def api_key(request: HttpRequest) -> Tenant | None:
    """Accepts `Bearer <key>` in any case, or the bare key; anything else is HTTP 401 (ragflow-0.27 §0.4)."""
    words = request.headers.get("Authorization", "").split()
    if not words or len(words) > 2 or (len(words) == 2 and words[0].lower() != "bearer"):
        raise Unauthorized
    tenant = tenants.by_key(words[-1])
    if tenant is None:
        raise Unauthorized
    return tenant


def route(**handlers: Handler) -> Callable[..., HttpResponseBase]:
    """A view for one path that takes the key: `route(GET=listed, POST=create)`; without a key it is HTTP 401."""
    return routing.route(api_key, **handlers)
