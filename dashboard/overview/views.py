"""The overview of a server: is it fine, and if not, what is to be done?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.datasets import listing
from dashboard.http import DashboardRequest
from dashboard.overview import activity, parsing, vitals
from dashboard.overview.totals import Totals
from dashboard.overview.vitals import Trouble
from dashboard.ragflow.parallel import parallel
from dashboard.roles import viewer

PAGE_SECONDS = 10
AGAIN_SECONDS = 2


@require_GET
@viewer
def page(request: DashboardRequest) -> HttpResponse:
    """Always answers, also when RAGFlow does not. ``?check`` asks anew."""
    server = request.server
    client = vitals.impatient(server)
    state, everything = parallel(
        lambda: vitals.check(server, AGAIN_SECONDS if "check" in request.GET else PAGE_SECONDS),
        lambda: vitals.attempt(lambda: listing.all_of(client, server)),
    )
    datasets = () if isinstance(everything, Trouble) else everything.datasets
    if datasets and not state.trouble:
        parsing.notice(server, client, datasets)
    by_id = {dataset.id: dataset for dataset in datasets}
    trouble = state.trouble or (everything if isinstance(everything, Trouble) else None)
    work = parsing.state(server, by_id)
    context = {
        "vitals": state,
        "trouble": trouble,
        "totals": None if isinstance(everything, Trouble) else Totals.of(everything),
        "work": work,
        "attention": len(state.sick) + len(work.needs),
        "events": activity.latest(server, {dataset.id: dataset.name for dataset in datasets}),
    }
    return render(request, "overview/page.html", context)


@require_GET
@viewer
def health_dot(request: DashboardRequest) -> HttpResponse:
    """The dot in the top bar. However many look, the server is asked at most twice a minute."""
    return render(request, "overview/_health_dot.html", {"vitals": vitals.check(request.server)})
