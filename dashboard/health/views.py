"""Health endpoints for load balancers and supervisors. They do not check RAGFlow; the overview page does."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.core.web.roles import public
from dashboard.health import checks

WORDS: Final = {"database": "The database does not answer.", "disk": "The disk is full."}


@require_safe
@never_cache
@public
def health(request: HttpRequest) -> HttpResponse:
    """200 ``OK`` if this process can read and write its database, else 503. Answers within a second."""
    failing = checks.failing(WORDS)
    if failing:
        return HttpResponse(" ".join(WORDS[part] for part in failing), status=503, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


@require_safe
@never_cache
@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 if database, cache, broker and disk are healthy, else 503 naming the failed ones. Answers within a second."""
    failing = checks.failing(checks.CHECKS)
    parts = {part: "failed" if part in failing else "ok" for part in checks.CHECKS}
    return JsonResponse(parts, status=503 if failing else 200)
