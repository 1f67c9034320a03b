"""The actions of buttons: parse, stop, recover and so on, for one row (``only``) or the selected rows (``id``)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.documents import originals
from dashboard.documents.bulk import actions, job_views, reparse_impact
from dashboard.documents.table.responses import answer, query_of
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Dataset, Document


@require_POST
@curator
def parse(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Start parsing, after a confirmation if existing chunks would be deleted."""
    if confirmation.means_all(request):
        return job_views.on_all(request, dataset_id, "parse", query_of(request))
    dataset, chosen = _chosen(request, dataset_id)
    with_chunks = [document for document in chosen.documents if document.chunk_count]
    if with_chunks and request.POST.get("confirmed") != "yes":
        return confirmation.ask(request, _parse_again(request, dataset, chosen.documents, with_chunks))
    return _act(request, dataset, "parse", chosen)


@require_POST
@curator
def stop(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Stop parsing."""
    return _simple(request, dataset_id, "stop")


@require_POST
@curator
def recover(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Stop stalled documents and reparse them."""
    dataset, chosen = _chosen(request, dataset_id)
    return _act(request, dataset, "recover", chosen)


@require_POST
@curator
def enable(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Include documents in searches."""
    return _simple(request, dataset_id, "enable")


@require_POST
@curator
def disable(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Exclude documents from all searches."""
    return _simple(request, dataset_id, "disable")


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Confirm the deletion (GET) and delete (POST)."""
    if confirmation.means_all(request):
        return job_views.on_all(request, dataset_id, "delete", query_of(request))
    dataset, chosen = _chosen(request, dataset_id)
    if not chosen.documents:
        actions.say_missing(request, chosen.missing)
        return answer(request, dataset_id)
    asked = _delete(request, dataset, chosen.documents)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if not asked.name_matches(request.POST.get("typed", "")):
        error = _("Nothing was deleted. Type “%(name)s” to confirm.") % {"name": asked.typed}
        return confirmation.ask(request, asked.again(error), status=422)
    return _act(request, dataset, "delete", chosen)


@require_GET
@curator
def metadata(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Redirect to the page that changes the metadata of the selected or of all matching documents."""
    query, ids = query_of(request), request.GET.getlist("id")
    address = request.server.url("metadata:change", dataset_id)
    if confirmation.means_all(request):
        return confirmation.done(request, f"{address}?all=yes&{query.encode().removeprefix('?')}".rstrip("&"))
    if not ids:
        messages.warning(request, _("Nothing selected"), _("Select one or more documents first."))
        return confirmation.done(request, request.server.url("documents:list", dataset_id) + query.encode())
    return confirmation.done(request, f"{address}?{urlencode([('id', one) for one in ids])}")


def _simple(request: DashboardRequest, dataset_id: str, action: str) -> HttpResponse:
    """Actions without a confirmation."""
    if confirmation.means_all(request):
        return job_views.on_all(request, dataset_id, action, query_of(request))
    dataset, chosen = _chosen(request, dataset_id)
    return _act(request, dataset, action, chosen)


def _act(request: DashboardRequest, dataset: Dataset, action: str, chosen: actions.Chosen) -> HttpResponse:
    job = actions.act(request, dataset, action, chosen.documents)
    actions.say_missing(request, chosen.missing)
    return answer(request, dataset.id, job)


def _chosen(request: DashboardRequest, dataset_id: str) -> tuple[Dataset, actions.Chosen]:
    """The dataset, and the submitted documents, each looked up in it."""
    given = request.POST if request.method == "POST" else request.GET
    ids = [given["only"]] if given.get("only") else given.getlist("id")
    dataset, chosen = parallel(
        lambda: request.ragflow.datasets.get(dataset_id),
        lambda: actions.chosen(request.ragflow, dataset_id, ids, query_of(request)),
    )
    if not ids:
        messages.warning(request, _("Nothing selected"), _("Select one or more documents first."))
    return dataset, chosen


def _delete(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document]) -> Confirmation:
    number = len(documents)
    chunks = sum(document.chunk_count for document in documents)
    at_risk = {one.document.id: one for one in originals.among(request.server, request.ragflow, documents)}
    first = sorted(documents, key=lambda document: document.id not in at_risk)
    words = {
        "n": count(number),
        "name": visible(documents[0].name),
        "dataset": visible(dataset.name),
        "server": request.server.name,
        "chunks": count(chunks),
    }
    where = ngettext(
        "It will be deleted from %(dataset)s on the server %(server)s.",
        "They will be deleted from %(dataset)s on the server %(server)s.",
        number,
    )
    chunks_too = (
        ngettext("%(chunks)s chunk will be deleted too.", "%(chunks)s chunks will be deleted too.", chunks)
        if chunks
        else _("There are no chunks.")
    )
    return Confirmation(
        title=ngettext("Delete this document?", "Delete %(n)s documents?", number) % words,
        text=" ".join([where % words, chunks_too % words, _("This can't be undone.")]),
        things=[AffectedItem(visible(document.name), _fate(document, at_risk.get(document.id))) for document in first],
        warning=originals.warning(list(at_risk.values())),
        ids=[document.id for document in documents],
        action=request.path,
        action_label=ngettext("Delete %(n)s document", "Delete %(n)s documents", number) % words,
        cancel_url=request.server.url("documents:list", dataset.id) + query_of(request).encode(),
        cancel_label=ngettext("Keep it", "Keep them", number),
        typed=dataset.name if dataset.name.strip() else "",
        hidden=query_of(request).fields(),
    )


def _parse_again(
    request: DashboardRequest, dataset: Dataset, documents: Sequence[Document], with_chunks: Sequence[Document]
) -> Confirmation:
    chunks = sum(document.chunk_count for document in with_chunks)
    edits = reparse_impact.edits_at_risk(request.server, [document.id for document in with_chunks])
    words = {"n": count(len(documents)), "chunks": count(chunks)}
    return Confirmation(
        title=ngettext("Reparse this document?", "Reparse %(n)s documents?", len(documents)) % words,
        text=ngettext(
            "%(chunks)s chunk will be deleted immediately, with all edits. Parsing creates new ones if it succeeds.",
            "%(chunks)s chunks will be deleted immediately, with all edits. Parsing creates new ones if it succeeds.",
            chunks,
        )
        % words
        + (f" {edits}" if edits else ""),
        things=[AffectedItem(visible(document.name), _fate(document)) for document in with_chunks],
        ids=[document.id for document in documents],
        action=request.path,
        action_label=ngettext("Parse %(n)s document", "Parse %(n)s documents", len(documents)) % words,
        cancel_url=request.server.url("documents:list", dataset.id) + query_of(request).encode(),
        cancel_label=_("Cancel"),
        hidden={"confirmed": "yes"} | query_of(request).fields(),
    )


def _fate(document: Document, at_risk: originals.AtRisk | None = None) -> str:
    chunks = document.chunk_count
    fate = ngettext("%(n)s chunk", "%(n)s chunks", chunks) % {"n": count(chunks)} if chunks else ""
    if document.run == "RUNNING":
        fate = _("is being parsed")
    return ", ".join(part for part in (fate, at_risk.note if at_risk else "") if part)
