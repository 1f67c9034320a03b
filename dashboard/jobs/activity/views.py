"""Activity: running and finished background work on this server.

Calls RAGFlow only for the state of recently built graphs, which only RAGFlow knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import QuerySet, TextChoices, Value
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from dashboard.core import confirmation
from dashboard.core.access.rights import Role
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.jobs import registry, service
from dashboard.jobs.activity import events, timeline, toasts
from dashboard.models import Job, JobItem, ParsedDocument, ParseRun

SIZES: Final = (25, 50, 100)
SHOWN: Final = 200
# Reloading a list costs RAGFlow several calls, so it is not done at every poll.
LIST_EVERY: Final = 4


@require_GET
@never_cache
@viewer
def page(request: DashboardRequest) -> HttpResponse:
    """The list of running and finished work; htmx gets the live part. ``kind`` and ``state`` are filters."""
    wanted = PageRequest.read(request.GET, SIZES, SIZES[0])
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    kind, state = kind if kind in timeline.KINDS else "", state if state in timeline.STATES else ""
    sources = timeline.sources(request.server, request.rights, kind)
    past: list[events.Event] = []
    total = 0
    if state != "running":
        past, total = timeline.past(sources, (wanted.number - 1) * wanted.size, wanted.size)
    context = {
        "running": timeline.running(sources) if state != "past" else [],
        "past": past,
        "pager": Pager(wanted.number, wanted.size, len(past), total, sizes=SIZES),
        "here": request.get_full_path(),
        "kind": kind,
        "kinds": timeline.KINDS,
        "state": state,
        "states": timeline.STATES,
    }
    return render(request, f"jobs/{'_list' if wants_fragment(request) else 'page'}.html", context)


@require_GET
@never_cache
@viewer
def job(request: DashboardRequest, job_id: int) -> HttpResponse:
    """One job: its progress, and what failed with which reason."""
    found = _job(request, job_id)
    found.count()
    states = (JobItem.State.FAILED, JobItem.State.SKIPPED, JobItem.State.UNNEEDED)
    wrong = found.items.filter(state__in=states).order_by("state", "pk")
    action = registry.get(found.action)
    kept = found.ended_at and not found.tallied
    links = action.links(request.server, found) if action.links and kept else ()
    rows = wrong.values_list("name", "state", "reason")
    note = _("Its documents are no longer listed because they are kept for a shorter time than the job.")
    return _detail(
        request,
        events.of_job(request.server, found),
        rows,
        JobItem.State,
        links=links,
        note=note if found.tallied else "",
    )


@require_GET
@never_cache
@viewer
def run(request: DashboardRequest, run_id: int) -> HttpResponse:
    """One parse run: which of its documents failed or were cancelled."""
    found = _run(request, run_id)
    found.count()
    well = (ParsedDocument.Outcome.PARSED, ParsedDocument.Outcome.OPEN)
    wrong = found.documents.exclude(outcome__in=well).order_by("outcome", "pk")
    rows = wrong.values_list("name", "outcome", Value(""))
    return _detail(request, events.of_run(request.server, found), rows, ParsedDocument.Outcome)


@require_GET
@never_cache
@viewer
def toast(request: DashboardRequest, job_id: int) -> HttpResponse:
    """One job as a toast, which polls. From time to time it tells the list on the page that documents changed.

    ``polls`` is the number of polls so far, ``through`` how many documents were done at the last one.
    """
    found = _job(request, job_id)
    polls = _number(request.GET.get("polls", ""))
    response = _toast(request, found, polls)
    if found.ended_at:
        return trigger_client_event(response, "documents:changed", {"now": True})
    moved = str(found.counts[JobItem.State.DONE]) != request.GET.get("through", "")
    return trigger_client_event(response, "documents:changed") if moved and polls % LIST_EVERY == 0 else response


@require_POST
@curator
def stop(request: DashboardRequest, job_id: int) -> HttpResponse:
    """Cancel a job after the document it is working on."""
    found = _job(request, job_id, Role.CURATOR)
    service.stop(found)
    if wants_fragment(request):
        found.refresh_from_db()
        return _toast(request, found)
    return redirect(request.server.url("activity:job", found.pk))


@require_POST
@curator
def retry(request: DashboardRequest, job_id: int) -> HttpResponse:
    """Start a new job for the failed and skipped items."""
    found = _job(request, job_id, Role.CURATOR)
    if found.ended_at is None:
        messages.info(request, _("The job is still running"), _("Wait until it finishes, or cancel it."))
        return redirect(request.server.url("activity:job", found.pk))
    back = request.server.url("activity:job", found.pk)
    documents = service.unfinished(found).values_list("document_id", "name")
    return _asked(request, found.action, documents, back) or _go(request, service.retry(found, request.user), back)


@require_POST
@curator
def retry_run(request: DashboardRequest, run_id: int) -> HttpResponse:
    """Start a job that reparses what failed in a parse run."""
    found = _run(request, run_id, Role.CURATOR)
    back = request.server.url("activity:run", found.pk)
    asked = _asked(request, "parse", service.failed(found).values_list("document_id", "name"), back)
    return asked or _go(request, service.retry_run(found, request.user), back)


def _job(request: DashboardRequest, job_id: int, least: Role = Role.VIEWER) -> Job:
    return get_object_or_404(request.rights.visible(Job.objects.filter(server=request.server), least), pk=job_id)


def _run(request: DashboardRequest, run_id: int, least: Role = Role.VIEWER) -> ParseRun:
    return get_object_or_404(request.rights.visible(ParseRun.objects.filter(server=request.server), least), pk=run_id)


def _asked(
    request: DashboardRequest, action: str, documents: Iterable[tuple[str, str]], back: str
) -> HttpResponse | None:
    """The confirmation for an action with a warning; None without a warning, or once confirmed."""
    warn = registry.get(action).warn_before_retry
    if warn is None or request.POST.get("confirmed") == "yes":
        return None
    rows = list(documents)
    edits = warn(request.server, [document_id for document_id, _name in rows])
    if not edits:
        return None
    number = {"n": count(len(rows))}
    response = confirmation.ask(
        request,
        Confirmation(
            title=ngettext("Reparse %(n)s document?", "Reparse %(n)s documents?", len(rows)) % number,
            text=_("Their current chunks will be deleted.") + f" {edits}",
            things=[AffectedItem(visible(name)) for _id, name in rows],
            action=request.path,
            action_label=ngettext("Reparse %(n)s document", "Reparse %(n)s documents", len(rows)) % number,
            cancel_url=back,
            cancel_label=_("Cancel"),
            hidden={"confirmed": "yes"},
        ),
    )
    if wants_fragment(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog-host", "innerHTML"
    return response


def _go(request: DashboardRequest, made: Job | None, back: str) -> HttpResponse:
    if made is not None and request.htmx.target == "dialog-host":
        return confirmation.done(request, request.server.url("activity:job", made.pk))
    if made is not None and wants_fragment(request):
        return _toast(request, made)
    if made is None:
        messages.info(request, _("Nothing to retry"), _("Nothing has failed."))
        return redirect(back)
    return redirect(request.server.url("activity:job", made.pk))


def _toast(request: DashboardRequest, job: Job, polls: int = 0) -> HttpResponse:
    return render(request, "jobs/_toast.html", toasts.of_job(request.server, job, polls))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _detail(
    request: DashboardRequest,
    event: events.Event,
    wrong: QuerySet[Any, tuple[str, str, str]],
    states: type[TextChoices],
    *,
    links: Sequence[registry.Link] = (),
    note: str = "",
) -> HttpResponse:
    """Render the detail page; ``wrong`` are (name, state, reason) of what was not done."""
    rows = list(wrong[: SHOWN + 1])
    context = {
        "event": event,
        "wrong": events.undone(rows[:SHOWN], states),
        "more": wrong.count() - SHOWN if len(rows) > SHOWN else 0,
        "here": request.path,
        "links": links,
        "note": note,
    }
    return render(request, f"jobs/{'_detail' if wants_fragment(request) else 'detail'}.html", context)
