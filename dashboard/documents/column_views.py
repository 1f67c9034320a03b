"""The menu of the table's columns."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.documents import columns
from dashboard.documents.listing import Query
from dashboard.documents.views import table_context
from dashboard.http import DashboardRequest, wants_fragment
from dashboard.roles import viewer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@viewer
def choose(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Offer the columns (GET); keep what was ticked, and show the table so (POST)."""
    query = Query.read(request.POST if request.method == "POST" else request.GET)
    back = request.server.url("documents:list", dataset_id) + query.encode()
    context: dict[str, Any] = {"action": request.path, "others": list(query.parameters()), "back": back}
    if request.method != "POST":
        context["choices"] = columns.choices(columns.of(request))
        return render(request, f"documents/{'_columns' if wants_fragment(request) else 'columns'}.html", context)
    chosen = columns.USUAL if "usual" in request.POST else request.POST.getlist("column")
    if wants_fragment(request):
        columns.take(request, chosen)
        # Links of the list are made from the address it stands on.
        request.GET = QueryDict(query.encode().removeprefix("?"))
        response = render(request, "documents/_answer.html", table_context(request, dataset_id, query))
        if "usual" in request.POST:
            context["choices"] = columns.choices(columns.USUAL)
            response.write(render_to_string("documents/_columns_again.html", context, request))
    else:
        response = redirect(back)
    columns.keep(request, response, chosen)
    return response
