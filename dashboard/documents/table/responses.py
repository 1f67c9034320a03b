"""Responses to the buttons of the list: the current list, or the toast of the job that was started."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.documents.query.listing import Query
from dashboard.documents.table.views import table_context
from dashboard.jobs.activity import toasts
from dashboard.models import Job


def query_of(request: DashboardRequest) -> Query:
    """Filter, order and page of the list with the button, from the submitted form."""
    return Query.read(request.POST if request.method == "POST" else request.GET)


def answer(request: DashboardRequest, dataset_id: str, job: Job | None = None) -> HttpResponse:
    """The current list with the filter and order of the page.

    If a job was started, only its toast is sent: the toast reloads the list when the job has made progress. Without
    script, redirect to the job's page.
    """
    query = query_of(request)
    if not wants_fragment(request):
        if job is not None:
            return redirect(request.server.url("activity:job", job.pk))
        return redirect(request.server.url("documents:list", dataset_id) + query.encode())
    if job is not None:
        response = render(request, "jobs/_toast_oob.html", toasts.of_job(request.server, job))
        response["HX-Reswap"] = "none"
        return trigger_client_event(response, "ra:close-dialog")
    # The list builds its links from the page's address, not from the button's.
    request.GET = QueryDict(query.encode().removeprefix("?"))
    response = render(request, "documents/table/_answer.html", table_context(request, dataset_id, query, fresh=True))
    response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = "#table", "outerHTML", "false"
    return trigger_client_event(response, "ra:close-dialog")
