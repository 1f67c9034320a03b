"""Building the graph and RAPTOR summaries: start, follow, cancel, delete."""

from __future__ import annotations

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.core import confirmation
from dashboard.core.confirmation import Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
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
    """The state of the job ``?job=``. The fragment polls while the job runs, and reloads the page when it has ended."""
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
    """Confirm, stating the cost (GET), and start the job (POST)."""
    kind = _kind(request)
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _confirm_run(request, dataset, kind))
    try:
        request.ragflow.graph.run(dataset, kind)
    except errors.Rejected as error:
        messages.error(request, _("Job not started"), _reason(request, dataset_id, kind, error))
    else:
        messages.success(request, _("Job started"), _("You can leave this page. The job keeps running."))
    return _back(request, dataset_id, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def release(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Confirm (GET), and cancel a job that does not end (POST)."""
    kind = _kind(request)
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _confirm_cancel(request, dataset, kind))
    if not request.ragflow.graph.release(dataset, kind):
        messages.success(request, _("Nothing to cancel"), _("The job had already ended."))
    elif request.ragflow.can("jobs apart"):
        messages.success(request, _("Job cancelled"), _("It may take a minute until RAGFlow accepts another one."))
    else:
        messages.success(request, _("Job cancelled"), _("You can start another one now."))
    return _back(request, dataset_id, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Confirm (GET), and delete the graph (POST)."""
    dataset = request.ragflow.datasets.get(dataset_id)
    if request.method != "POST":
        return confirmation.ask(request, _confirm_delete(request, dataset))
    request.ragflow.graph.delete(dataset)
    messages.success(request, _("Knowledge graph deleted"))
    return _back(request, dataset_id, JobKind.GRAPH)


def _kind(request: DashboardRequest) -> JobKind:
    """The job named in the form or the URL. Raises Http404 for an unknown one."""
    given = request.POST if request.method == "POST" else request.GET
    kind = jobs.kind_of(given.get("job", JobKind.GRAPH))
    if kind is None:
        raise Http404(_("Unknown job. Use job=graphrag or job=raptor."))
    return kind


def _trace(request: DashboardRequest, dataset_id: str, kind: JobKind) -> Job | None:
    """The job as RAGFlow reports it, cached for 2 s, so that many viewers cost one call."""
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


def _reason(request: DashboardRequest, dataset_id: str, kind: JobKind, error: errors.Rejected) -> str:
    if "already running" in error.message:
        job = request.ragflow.graph.trace(dataset_id, kind)
        if job is not None and not job.running:
            # A worker of 0.25 and later may write its progress once more after the job was cancelled.
            return _("RAGFlow is still ending the cancelled job. Try again in a minute.")
        return _("A job is already running. If it is stuck, cancel it first.")
    if error.message.startswith("No documents"):
        return _("The dataset has no documents.")
    return error.message


def _confirm_run(request: DashboardRequest, dataset: Dataset, kind: JobKind) -> Confirmation:
    words = {"name": visible(dataset.name), "chunks": count(dataset.chunk_count)}
    if kind is JobKind.GRAPH:
        title = _("Build the knowledge graph of %(name)s?") % words
        if request.ragflow.can("compilation templates"):
            text = _(
                "RAGFlow merges what the dataset's compilation templates made of its documents. This uses model calls."
                " Without a template group, the job builds nothing."
            )
        else:
            text = _(
                "The language model reads all of the roughly %(chunks)s chunks, some more than once. This uses model"
                " calls and may take hours."
            )
        label = _("Build graph")
    else:
        title = _("Build RAPTOR summaries of %(name)s?") % words
        text = _(
            "Similar chunks, out of roughly %(chunks)s, are grouped, and the language model summarizes each group,"
            " layer by layer. This uses model calls."
        )
        label = _("Build summaries")
    if not request.ragflow.can("jobs apart"):
        text += " " + _("The job's log replaces the parse log of the oldest document.")
    return _confirmation(request, dataset, kind, title, text % words, label, _("Not now"))


def _confirm_cancel(request: DashboardRequest, dataset: Dataset, kind: JobKind) -> Confirmation:
    words = {"name": visible(dataset.name)}
    text = _("RAGFlow drops the job, so that another one can start. If a worker is still running it, its work is lost.")
    if kind is JobKind.GRAPH and not request.ragflow.can("jobs apart"):
        text += " " + _("The knowledge graph of the dataset is deleted too.")
    title = _("Cancel the job of %(name)s?") % words
    return _confirmation(request, dataset, kind, title, text, _("Cancel job"), _("Keep running"))


def _confirm_delete(request: DashboardRequest, dataset: Dataset) -> Confirmation:
    return _confirmation(
        request,
        dataset,
        JobKind.GRAPH,
        _("Delete the knowledge graph of %(name)s?") % {"name": visible(dataset.name)},
        _("Documents and chunks are kept. To get the graph back, you have to rebuild it at full cost."),
        _("Delete graph"),
        _("Keep it"),
    )


def _confirmation(  # noqa: PLR0917
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
