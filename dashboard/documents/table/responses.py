"""What the buttons of the list answer with: the list as it is now, or the job that was started, beside it."""

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
    """Filter, order and page of the list that the button was on; its form carries them."""
    return Query.read(request.POST if request.method == "POST" else request.GET)


def means_all(request: DashboardRequest) -> bool:
    """Whether the form is about everything that matches instead of the ticked rows."""
    given = request.POST if request.method == "POST" else request.GET
    return given.get("all") == "yes" and not given.get("only")


def answer(request: DashboardRequest, dataset_id: str, job: Job | None = None) -> HttpResponse:
    """The list as RAGFlow has it now, in the order and filter of the page the button was on.

    A job has only just been started: then the list stays as it is, and the job's toast has it loaded again when it
    moved on. Without script, a job leads to its own page.
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
    # Links of the list are made from the address it stands on, not from that of the button.
    request.GET = QueryDict(query.encode().removeprefix("?"))
    response = render(request, "documents/table/_answer.html", table_context(request, dataset_id, query, fresh=True))
    response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = "#table", "outerHTML", "false"
    return trigger_client_event(response, "ra:close-dialog")
