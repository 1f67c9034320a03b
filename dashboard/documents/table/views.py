"""The documents of a dataset: the table, its live progress, a document's log and its file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import push_url

from dashboard.conditions.conditions import Conditions
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.outdated import report
from dashboard.documents.parsing import fingerprint, logs, parse_log, snapshot, watching
from dashboard.documents.parsing.entries import Entry
from dashboard.documents.query import filters, kinds, listing
from dashboard.documents.query.listing import Listing, Query
from dashboard.documents.table import columns, rows, summary
from dashboard.documents.table.condition_views import builder, builder_context
from dashboard.documents.uploads import checks
from dashboard.jobs.activity import toasts
from dashboard.ragflow import errors
from dashboard.ragflow.types import Document, RunStatus

LOG_KEPT = 2


@require_GET
@viewer
def documents(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The table of documents; htmx gets the table and the parts around it."""
    query = Query.read(request.GET)
    wrong = Conditions.read(request.GET).errors
    if wants_fragment(request):
        return builder(request, dataset_id, status=422) if wrong else _fragment(request, dataset_id, query)
    found = listing.fetch(request, dataset_id, query, with_dataset=True)
    if found.dataset is not None:
        fingerprint.remember(request.server, found.dataset)
    context = _context(request, dataset_id, found)
    jobs = toasts.on_page(request, dataset_id)
    context |= {
        "dataset": found.dataset,
        "running_jobs": jobs,
        "older": report.for_rows(
            request.server,
            found.dataset,
            [row.older for row in context["rows"]],
            busy=bool(jobs),
        ),
        "suffixes": " ".join(sorted(checks.SUFFIXES)),
        "upload_limit": checks.limit(),
        "name_bytes": checks.NAME_BYTES,
        "upload_url": request.server.url("documents:upload", dataset_id),
        "has_log": request.ragflow.can("ingestion logs"),
    }
    if wrong or request.GET.get("build"):
        context |= builder_context(request, dataset_id)
    return render(request, "documents/table/list.html", context)


def _fragment(request: DashboardRequest, dataset_id: str, query: Query) -> HttpResponse:
    found = listing.fetch(request, dataset_id, query)
    address = found.query.encode()
    # Forms also submit blank fields; the address that is shown and used for links has none.
    request.GET = QueryDict(address.removeprefix("?"))
    response = render(request, "documents/table/_answer.html", _context(request, dataset_id, found))
    url = request.server.url("documents:list", dataset_id) + address
    return push_url(response, False if request.htmx.current_url_abs_path == url else url)


def table_context(request: DashboardRequest, dataset_id: str, query: Query, *, fresh: bool = False) -> dict[str, Any]:
    """Context for ``documents/table/_answer.html``; ``fresh`` after a change."""
    return _context(request, dataset_id, listing.fetch(request, dataset_id, query, fresh=fresh))


def _context(request: DashboardRequest, dataset_id: str, found: Listing) -> dict[str, Any]:
    base = request.server.url("documents:list", dataset_id)
    whole, shown = found.whole, columns.of(request)
    return {
        "base": base,
        "query": found.query,
        "kinds": kinds.KINDS,
        "zone": timezone.get_current_timezone_name(),
        "filters": filters.of(base, found.query),
        "clear_url": base + found.query.without_filters().encode(),
        "filter_taken_off": (request.htmx.trigger or "").startswith("off-"),
        "by_upload": found.by_upload,
        "columns": shown,
        "heads": columns.heads(shown),
        "columns_told": "" if shown == columns.USUAL else columns.text(shown),
        "query_string": found.query.encode(),
        "sort": found.query.sort,
        "rows": rows.rows(request.server, dataset_id, found.entries),
        "pager": found.pager,
        "more_match": found.total > len(found.entries) and found.query.status != listing.STALLED,
        "chips": summary.chips(base, found.query, found.counts, found.snapshot),
        "summary": summary.summary(whole, found.snapshot) if whole is not None else None,
        "version": found.version,
        "progress_url": request.server.url("documents:progress", dataset_id),
        # No documents at all, as opposed to none that match.
        "parsed_up_to": min(checks.PARSED_UP_TO, checks.limit()),
        "nothing": not found.total and not found.query.narrowed and not found.counts.get(listing.ALL),
    }


@require_GET
@never_cache
@viewer
def progress_of(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The changes since ``?since=<version>``, from the snapshot alone; 204 if there are none.

    ``rows`` are prefixes of the ids on the page, ``columns`` those of its table; the other parameters are its filter.
    """
    watching.extend_view(request.server, dataset_id)
    since = request.GET.get("since", "")
    version = int(since) if since.isascii() and since.isdigit() and len(since) < 20 else 0
    if snapshot.version(request.server, dataset_id) <= version:
        return HttpResponse(status=204)
    seen = snapshot.load(request.server, dataset_id)
    if seen is None:
        return HttpResponse(status=204)
    query = Query.read(request.GET)
    shown = set(request.GET.get("rows", "").split("."))

    def on_page(document_id: str) -> bool:
        return document_id[: rows.PREFIX] in shown

    moved = [entry for entry in seen.moved_since(version) if on_page(entry.id)]
    base = request.server.url("documents:list", dataset_id)
    counts, said = listing.with_all(seen.counts), columns.told(request)
    context = {
        "base": base,
        "rows": rows.rows(request.server, dataset_id, moved),
        "gone": [document_id for document_id in seen.gone_since(version) if on_page(document_id)],
        "chips": None if query.narrowed else summary.chips(base, query, counts, seen),
        "summary": summary.summary(counts, seen),
        "version": seen.version,
        "progress_url": request.path,
        "query_string": query.encode(),
        "columns": said,
        "columns_told": "" if said == columns.USUAL else columns.text(said),
        "reload": version < seen.floor,
        "oob": True,
    }
    return render(request, "documents/table/_progress.html", context)


@require_GET
@never_cache
@viewer
def log(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """RAGFlow's log of a document: as a drawer, as a page, or only its live part (``?part=body``)."""
    document = _document_for_log(request, dataset_id, document_id)
    seen = snapshot.load(request.server, dataset_id)
    known, watched = (seen.entries.get(document.id), seen.is_fresh) if seen else (None, False)
    entry = Entry.of(document).merge_observed(known, watched=watched)
    [row] = rows.rows(request.server, dataset_id, [entry])
    left = logs.seconds_left(entry)
    context = {
        "row": row,
        "cards": logs.cards(document),
        "log": logs.shown(document.progress_msg),
        "advice": logs.advice(document),
        "left": summary.roughly(left) if left is not None else "",
        "running": document.run is RunStatus.RUNNING,
        "base": request.server.url("documents:list", dataset_id),
        "log_url": request.path,
        "runs_url": (
            request.server.url("ingestion:document", dataset_id, document_id)
            if request.ragflow.can("ingestion logs")
            else ""
        ),
    }
    if request.GET.get("part") == "body":
        return render(request, "documents/parsing/_log_body.html", context)
    if wants_fragment(request):
        return render(request, "documents/parsing/_log_drawer.html", context)
    return render(
        request, "documents/parsing/log.html", context | {"dataset": request.ragflow.datasets.get(dataset_id)}
    )


def _document_for_log(request: DashboardRequest, dataset_id: str, document_id: str) -> Document:
    """The document, read at most every 2 s for all users of its log."""
    key = f"{request.server.cache_key}:log:{dataset_id}:{document_id}"
    live = request.GET.get("part") == "body"
    found: Document | None = cache.get(key) if live else None
    if found is None:
        found = request.ragflow.documents.get(dataset_id, document_id)
        if live:
            # Logs may have any length: keep the end.
            found = replace(found, progress_msg=parse_log.tail(found.progress_msg))
            cache.set(key, found, LOG_KEPT)
    return found


@require_GET
@viewer
def download(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponseBase:
    """The stored file, streamed. Always an attachment, never displayed, since it may be arbitrary HTML."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    try:
        file = request.ragflow.documents.download(document)
    except errors.Rejected as error:
        messages.error(request, _("Could not download %(name)s") % {"name": document.name}, error.message)
        return redirect(request.server.url("documents:list", dataset_id))
    if not connection.in_atomic_block:
        # The stream needs no database connection while it is open.
        connection.close()
    response = StreamingHttpResponse(file, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=document.name)
    response["X-Content-Type-Options"] = "nosniff"
    if file.size is not None:
        response["Content-Length"] = str(file.size)
    return response
