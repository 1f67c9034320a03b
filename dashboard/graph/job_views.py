"""Building the graph and RAPTOR's summaries: start, follow, give up, delete."""

from __future__ import annotations

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.core import confirmation
from dashboard.core.confirmation import Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.graph import jobs
from dashboard.ragflow import errors
from dashboard.ragflow.resources.graph import Job, JobKind
from dashboard.ragflow.types import Dataset

KEPT = 2


@require_GET
@never_cache
@viewer
def progress(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """How the job ``?job=`` stands. Asks itself again while it runs, and loads the page anew when it has ended."""
    kind = _kind(request)
    state = jobs.state_of(request.server, kind, _trace(request, dataset_id, kind))
    if not wants_fragment(request):
        return redirect(request.server.url("graph:page", dataset_id))
    response = render(request, "graph/_job.html", {"state": state, "dataset_id": dataset_id, "live": True})
    if not state.running:
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def run(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Ask, saying what it costs (GET), and start (POST)."""
    kind = _kind(request)
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _cost(request, dataset, kind))
    try:
        request.ragflow.graph.run(dataset, kind)
    except errors.Rejected as error:
        messages.error(request, _("Not started\n%(reason)s") % {"reason": _reason(error)})
    else:
        messages.success(request, _("Started\nYou may leave the page; it goes on."))
    return _back(request, dataset_id, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def release(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Ask (GET), and give a job up that does not end (POST)."""
    kind = _kind(request)
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _giving_up(request, dataset, kind))
    request.ragflow.graph.release(dataset, kind)
    messages.success(request, _("The job is given up\nAnother one can be started now."))
    return _back(request, dataset_id, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Ask (GET), and delete the graph (POST)."""
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _doomed(request, dataset))
    request.ragflow.graph.delete(dataset)
    messages.success(request, _("The knowledge graph is deleted"))
    return _back(request, dataset_id, JobKind.GRAPH)


def _kind(request: DashboardRequest) -> JobKind:
    """The job that the form or the address names; one that does not exist is no page."""
    given = request.POST if request.method == "POST" else request.GET
    kind = jobs.kind_of(given.get("job", JobKind.GRAPH))
    if kind is None:
        raise Http404(_("There are two jobs: job=graphrag and job=raptor."))
    return kind


def _trace(request: DashboardRequest, dataset_id: str, kind: JobKind) -> Job | None:
    """Asked for at most every 2 s, however many people look on."""
    key = _key(request, dataset_id, kind)
    found: tuple[Job | None] | None = cache.get(key)
    if found is None:
        found = (request.ragflow.graph.trace(dataset_id, kind),)
        cache.set(key, found, KEPT)
    return found[0]


def _key(request: DashboardRequest, dataset_id: str, kind: JobKind) -> str:
    return f"{request.server.cache_key}:job:{kind.value}:{dataset_id}"


def _back(request: DashboardRequest, dataset_id: str, kind: JobKind) -> HttpResponse:
    cache.delete(_key(request, dataset_id, kind))
    return confirmation.done(request, request.server.url("graph:page", dataset_id))


def _reason(error: errors.Rejected) -> str:
    if "already running" in error.message:
        return _("A job is under way already. If it is dead, give it up first.")
    if error.message.startswith("No documents"):
        return _("The dataset has no documents.")
    return error.message


def _cost(request: DashboardRequest, dataset: Dataset, kind: JobKind) -> Confirmation:
    words = {"name": visible(dataset.name), "chunks": count(dataset.chunk_count)}
    if kind is JobKind.GRAPH:
        title = _("Build the knowledge graph of %(name)s?") % words
        text = _(
            "The language model reads every chunk, here about %(chunks)s of them, some more than once. That costs its"
            " calls and may take hours. The job's log replaces the parse log of the oldest document."
        )
        label = _("Build the graph")
    else:
        title = _("Build RAPTOR summaries of %(name)s?") % words
        text = _(
            "Similar chunks, here of about %(chunks)s, are grouped and the language model sums each group up, layer by"
            " layer. That costs its calls. The job's log replaces the parse log of the oldest document."
        )
        label = _("Build the summaries")
    return _asked(request, dataset, kind, title, text % words, label, _("Not now"))


def _giving_up(request: DashboardRequest, dataset: Dataset, kind: JobKind) -> Confirmation:
    words = {"name": visible(dataset.name)}
    text = _("RAGFlow forgets the job and lets another one start. If a worker is still at it, its work is lost.")
    if kind is JobKind.GRAPH:
        text += " " + _("The knowledge graph of the dataset is deleted, too.")
    title = _("Give up the job of %(name)s?") % words
    return _asked(request, dataset, kind, title, text, _("Give it up"), _("Let it go on"))


def _doomed(request: DashboardRequest, dataset: Dataset) -> Confirmation:
    return _asked(
        request,
        dataset,
        JobKind.GRAPH,
        _("Delete the knowledge graph of %(name)s?") % {"name": visible(dataset.name)},
        _("Documents and chunks stay. To have the graph again it must be built anew, with all its cost."),
        _("Delete the graph"),
        _("Keep it"),
    )


def _asked(  # noqa: PLR0917
    request: DashboardRequest, dataset: Dataset, kind: JobKind, title: str, text: str, label: str, cancel: str
) -> Confirmation:
    return Confirmation(
        title=title,
        text=text,
        things=(),
        action=request.path,
        action_label=label,
        cancel_url=request.server.url("graph:page", dataset.id),
        cancel_label=cancel,
        hidden={"job": kind.value},
    )
