"""For load balancers and supervisors. RAGFlow's own health is on the overview page, never here."""

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
    """200 ``OK`` while this process can reach its own database and save something there, else 503. Within a second."""
    failing = checks.failing(WORDS)
    if failing:
        return HttpResponse(" ".join(WORDS[part] for part in failing), status=503, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


@require_safe
@never_cache
@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, cache, broker and disk are well, else 503; the body says which is not. Within a second."""
    failing = checks.failing(checks.CHECKS)
    parts = {part: "failed" if part in failing else "ok" for part in checks.CHECKS}
    return JsonResponse(parts, status=503 if failing else 200)
