"""The builder of metadata conditions above the table."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.conditions.conditions import Conditions
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.query.query import Query


@require_GET
@never_cache
@viewer
def conditions(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The builder of metadata conditions above the table; without script the list page includes it."""
    if wants_fragment(request):
        return builder(request, dataset_id)
    start = Query.read(request.GET).encode()
    return redirect(f"{request.server.url('documents:list', dataset_id)}{start}{'&' if start else '?'}build=1")


def builder(request: DashboardRequest, dataset_id: str, status: int = 200) -> HttpResponse:
    """The builder with the conditions of the address, and their errors."""
    response = render(request, "documents/query/_conditions.html", builder_context(request, dataset_id), status=status)
    response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = "#conditions", "innerHTML", "false"
    return response


def builder_context(request: DashboardRequest, dataset_id: str) -> dict[str, Any]:
    """Context for ``documents/query/_conditions.html``."""
    query, base = Query.read(request.GET), request.server.url("documents:list", dataset_id)
    return {
        "base": base,
        "dataset_id": dataset_id,
        "conditions": Conditions.read(request.GET),
        "close_url": base + query.encode(),
        "builder_open": True,
    }
