"""For load balancers and supervisors. RAGFlow's own health is on the overview page, never here."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from celery import current_app
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.roles import public

logger = logging.getLogger(__name__)


@require_safe
@never_cache
@public
def health(request: HttpRequest) -> HttpResponse:
    """200 ``OK`` while this process can reach its own database, else 503."""
    try:
        _database()
    except DatabaseError:
        logger.exception("Not healthy: database")
        return HttpResponse("The database does not answer.", status=503, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


@require_safe
@never_cache
@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, cache and broker answer, else 503; the body says which does not."""
    parts: dict[str, str] = {}
    checks: dict[str, Callable[[], None]] = {"database": _database, "cache": _cache, "broker": _broker}
    for name, check in checks.items():
        try:
            check()
            parts[name] = "ok"
        except Exception:
            logger.exception("Not ready: %s", name)
            parts[name] = "failed"
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    key, value = f"ready:{secrets.token_hex(4)}", secrets.token_hex(4)
    cache.set(key, value, 10)
    if cache.get(key) != value:
        raise RuntimeError("The cache forgot at once what was put into it.")
    cache.delete(key)


def _broker() -> None:
    with current_app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
