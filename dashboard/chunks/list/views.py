"""The chunks of a document, page by page."""

from __future__ import annotations

import time

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from dashboard.chunks.edit import splitting
from dashboard.chunks.list import pending_writes, reading
from dashboard.chunks.list.list_context import ListContext
from dashboard.chunks.list.reading import Asked, Reading
from dashboard.chunks.source.kinds import kind_of
from dashboard.core.formatting import visible
from dashboard.core.paging import Pager
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.parsing import snapshot, watching
from dashboard.documents.parsing.entries import Entry
from dashboard.documents.table.rows import Row, rows
from dashboard.journal import edits
from dashboard.metadata.values import words_of
from dashboard.ragflow import errors
from dashboard.ragflow.types import RunStatus

# Seconds; an older snapshot is no longer being updated, so the document is requested directly.
FRESH = 30
# Bytes; a larger PDF is loaded only on request.
ASKED_ABOVE = 40 * 1024 * 1024


@require_GET
@viewer
def list_chunks(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """A page of chunks, optionally searched; ``?chunk=<id>`` opens one, whatever page it is on."""
    return show_chunks(request, dataset_id, document_id)


def show_chunks(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The page requested in the URL; for htmx, only its list."""
    asked = Asked.read(request.GET)
    fragment = wants_fragment(request)
    written = pending_writes.load(request.server, document_id)
    try:
        read = reading.read(request.ragflow, dataset_id, document_id, asked, whole=not fragment, fresh=written)
    except errors.NotFound as error:
        if fragment:
            raise
        context = {"error": error, "dataset_id": dataset_id}
        return render(request, "chunks/list/gone.html", context, status=404)
    total = min(read.found.total or 0, reading.REACH)
    last = -(-total // asked.page.size)
    if total and not read.cards and not asked.is_beyond_reach and asked.page.number > last:
        there = request.GET.copy()
        there["page"] = str(last)
        return redirect(f"{request.server.url('chunks:list', dataset_id, document_id)}?{there.urlencode()}")
    if read.found.document.run is RunStatus.RUNNING:
        watching.mark_viewed(request.server, dataset_id)
    context = _context(request, dataset_id, asked, read, total)
    if not fragment:
        context["undo"] = splitting.last_of(request, document_id)
        context["journal"] = edits.of(request.server, document_id)
    return render(request, f"chunks/list/list.html{'#chunks' if fragment else ''}", context)


@require_GET
@viewer
def waiting(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Parsing progress from the shared snapshot; reloads the page when parsing has ended."""
    if not wants_fragment(request):
        return redirect(request.server.url("chunks:list", dataset_id, document_id))
    watching.extend_view(request.server, dataset_id)
    seen = snapshot.load(request.server, dataset_id)
    entry = seen.entries.get(document_id) if seen and time.time() - seen.at < FRESH else None
    if entry is None:
        entry = Entry.of(request.ragflow.documents.get(dataset_id, document_id))
    if not entry.running:
        return HttpResponseClientRefresh()
    return render(
        request,
        "chunks/list/_waiting.html",
        {"row": _row(request, dataset_id, entry), "dataset_id": dataset_id, "document_id": document_id},
    )


@require_GET
@viewer
def metadata(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The document's metadata, which RAGFlow does not return with the chunks."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    pairs = [(visible(key), visible(words_of(value) or "")) for key, value in document.meta_fields.items()]
    context = {"document": document, "dataset_id": dataset_id, "pairs": pairs}
    return render(request, f"chunks/list/metadata.html{'#metadata' if wants_fragment(request) else ''}", context)


def _context(request: DashboardRequest, dataset_id: str, asked: Asked, read: Reading, total: int) -> dict[str, object]:
    document = read.found.document
    return {
        "dataset_id": dataset_id,
        "place": ListContext.of(request, dataset_id, document.id),
        "dataset": read.dataset,
        "document": document,
        "document_id": document.id,
        "row": _row(request, dataset_id, Entry.of(document)),
        "asked": asked,
        "cards": read.cards,
        "opened": read.opened,
        "is_lost": read.is_lost,
        "total": read.found.total or 0,
        "reach": reading.REACH,
        "is_cut": (read.found.total or 0) > reading.REACH,
        "runs": {run.name: document.run is run for run in RunStatus},
        "kind": kind_of(document.name),
        "is_large": document.size > ASKED_ABOVE,
        "is_unfiltered": read.is_unfiltered,
        "order": read.order,
        "more_match": total > len(read.cards),
        "walk": reading.WALK,
        "pager": Pager(asked.page.number, asked.page.size, len(read.cards), total),
    }


def _row(request: DashboardRequest, dataset_id: str, entry: Entry) -> Row:
    return next(iter(rows(request.server, dataset_id, [entry])))
