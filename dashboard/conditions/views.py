"""The htmx fragments of the builder of metadata conditions."""

from __future__ import annotations

import time
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.conditions import matching, suggestions
from dashboard.conditions.conditions import MOST, Conditions, Line
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer

ID_LENGTH: Final = 64


@require_GET
@never_cache
@viewer
def line(request: DashboardRequest) -> HttpResponse:
    """Another line for a form with ``meta_key`` lines."""
    number = len(request.GET.getlist("meta_key")) + 1
    context = {
        "line": Line(),
        "number": number,
        # Lines may have been removed, so the number is not unique.
        "uid": f"n{time.time_ns()}",
        "dataset_id": request.GET.get("of", "")[:ID_LENGTH],
        "is_new": True,
        "most": MOST,
    }
    return render(request, "conditions/_line.html" if number <= MOST else "conditions/_enough.html", context)


@require_GET
@never_cache
@viewer
def keys(request: DashboardRequest) -> HttpResponse:
    """The keys used in the form's datasets."""
    found = suggestions.keys(request.ragflow, request.server, _datasets(request))
    return render(request, "conditions/_options.html", {"suggestions": found})


@require_GET
@never_cache
@viewer
def values(request: DashboardRequest) -> HttpResponse:
    """The values of the key ``meta_key`` that contain ``meta_value``."""
    name, typed = request.GET.get("meta_key", "").strip(), request.GET.get("meta_value", "").strip()
    found = suggestions.values(request.ragflow, request.server, _datasets(request), name, typed) if name else []
    return render(request, "conditions/_options.html", {"suggestions": found})


@require_GET
@never_cache
@viewer
def count(request: DashboardRequest) -> HttpResponse:
    """The number of documents that match the conditions; incomplete lines are ignored."""
    datasets, conditions = _datasets(request), Conditions.read(request.GET)
    found = matching.count(request.ragflow, datasets, conditions.usable.asked) if datasets else None
    context = {"matches": found, "unfinished": conditions.usable != conditions, "conditions": conditions}
    return render(request, "conditions/_count.html", context)


def _datasets(request: DashboardRequest) -> list[str]:
    """The datasets selected in the form (``dataset``, ``datasets``), or the one whose documents are shown (``of``)."""
    names = ("of", "dataset", "datasets")
    chosen = next((found for name in names if (found := request.GET.getlist(name))), [])
    return [id for id in dict.fromkeys(value[:ID_LENGTH] for value in chosen) if id and request.rights.sees(id)]
