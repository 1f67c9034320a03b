"""The menu of the table's columns."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.query.listing import Query
from dashboard.documents.table import columns
from dashboard.documents.table.views import table_context


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@viewer
def choose(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Show the menu (GET); store the selected columns and show the table with them (POST)."""
    query = Query.read(request.POST if request.method == "POST" else request.GET)
    back = request.server.url("documents:list", dataset_id) + query.encode()
    context: dict[str, Any] = {"action": request.path, "others": list(query.parameters()), "back": back}
    if request.method != "POST":
        context["choices"] = columns.choices(columns.of(request))
        return render(request, f"documents/table/{'_columns' if wants_fragment(request) else 'columns'}.html", context)
    chosen = columns.USUAL if "usual" in request.POST else request.POST.getlist("column")
    if wants_fragment(request):
        columns.take(request, chosen)
        # The list builds its links from the page's address.
        request.GET = QueryDict(query.encode().removeprefix("?"))
        response = render(request, "documents/table/_answer.html", table_context(request, dataset_id, query))
        if "usual" in request.POST:
            context["choices"] = columns.choices(columns.USUAL)
            response.write(render_to_string("documents/table/_columns_again.html", context, request))
    else:
        response = redirect(back)
    columns.keep(request, response, chosen)
    return response
