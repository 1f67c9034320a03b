"""The overview of a server: its status, what needs attention, what is being parsed, and recent changes."""

from __future__ import annotations

import hashlib

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.datasets.list import listing
from dashboard.datasets.list.listing import Everything
from dashboard.overview import parsing, recent_activity, release_notes
from dashboard.overview.totals import Totals
from dashboard.ragflow.parallel import parallel
from dashboard.servers import status
from dashboard.servers.status import Failure, ServerStatus

PAGE_SECONDS = 10
AGAIN_SECONDS = 2


@require_GET
@viewer
def page(request: DashboardRequest) -> HttpResponse:
    """The overview page, which also renders while RAGFlow is down. ``?check`` checks the server again.

    The open page polls its live part with the version it shows as ``since``, and gets 204 if nothing changed.
    """
    server = request.server
    live = wants_fragment(request)
    client = status.status_client(server, request.rights.reach)
    max_age = AGAIN_SECONDS if "check" in request.GET else status.KEPT_SECONDS if live else PAGE_SECONDS
    known = status.last_known(server)
    state: ServerStatus
    everything: Everything | Failure
    if known is not None and known.failure and known.age <= max_age:
        # The server was down a moment ago: do not make the user wait for another timeout.
        state, everything = known, known.failure
    else:
        state, everything = parallel(
            lambda: status.check(server, max_age),
            lambda: status.attempt(lambda: listing.all_of(client, server)),
        )
    datasets = () if isinstance(everything, Failure) else everything.datasets
    if datasets and not state.failure:
        parsing.notice(server, client, datasets)
    work = parsing.state(server, {dataset.id: dataset for dataset in datasets})
    failure = state.failure or (everything if isinstance(everything, Failure) else None)
    totals = None if isinstance(everything, Failure) else Totals.of(everything)
    version = hashlib.sha256(repr((work, failure, totals, state.failing_parts)).encode()).hexdigest()[:12]
    if live and request.GET.get("since") == version:
        return HttpResponse(status=204)
    context: dict[str, object] = {
        "status": state,
        "failure": failure,
        "totals": totals,
        "work": work,
        "attention": len(state.failing_parts) + len(work.needs),
        "lacks_much": release_notes.lacks_much(state.release),
        "version": version,
    }
    if live:
        return render(request, "overview/page.html#live", context)
    if state.release:
        context |= {
            "notices": release_notes.notices(state.release),
            "missing": release_notes.missing(state.release),
            "process": release_notes.process(state.release),
        }
    context["events"] = recent_activity.latest(
        server, request.rights, {dataset.id: dataset.name for dataset in datasets}
    )
    return render(request, "overview/page.html", context)


@require_GET
@viewer
def health_dot(request: DashboardRequest) -> HttpResponse:
    """The status dot in the top bar. The server is checked at most twice a minute, whatever the number of users."""
    return render(request, "overview/_health_dot.html", {"status": status.check(request.server)})
