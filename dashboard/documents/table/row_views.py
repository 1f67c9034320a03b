"""The menu of a row in the documents table."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.core.formatting import visible
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.ragflow.types import RunStatus


@require_GET
@never_cache
@viewer
def actions(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The menu of a row, loaded when it is opened; without script, a page with the same actions.

    ``?running=1`` says that the document in the row is being parsed, so that the menu needs no call to RAGFlow.
    """
    base = request.server.url("documents:list", dataset_id)
    context: dict[str, Any] = {"document_id": document_id, "base": base, "row_base": f"{base}{document_id}/"}
    if wants_fragment(request):
        context["running"] = "running" in request.GET
        return render(request, "documents/table/_row_menu.html", context)
    document = request.ragflow.documents.get(dataset_id, document_id)
    context |= {"name": visible(document.name), "running": document.run is RunStatus.RUNNING}
    return render(request, "documents/table/row_actions.html", context)
