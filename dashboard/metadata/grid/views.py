"""Editing metadata in a table of documents and keys. Each cell is saved separately."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.core.formatting import visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.documents.query import listing
from dashboard.documents.query.listing import STALLED, Query
from dashboard.metadata import edits, values
from dashboard.metadata.grid import rows
from dashboard.metadata.grid.rows import Cell, Typed
from dashboard.ragflow import errors, parallel
from dashboard.ragflow.types import Document, Page

SIZES = (25, 50)
TYPES = {kind: name for name, kind in values.OF_TYPE.items()}


@require_GET
@viewer
def table(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """A page of documents with their metadata; ``key`` (repeatable) selects the columns, ``new`` adds one."""
    ragflow, wanted = request.ragflow, PageRequest.read(request.GET, SIZES, SIZES[0])
    query = Query.read(request.GET)
    if query.status == STALLED:  # RAGFlow has no filter for stalled documents
        query = replace(query, status="")
    dataset, keys, page = parallel(
        lambda: ragflow.datasets.get(dataset_id),
        lambda: ragflow.metadata.summary(dataset_id),
        lambda: _documents(request, dataset_id, query, wanted),
    )
    columns = rows.columns(request.GET, keys)
    shown = {column.key for column in columns}
    known = {key.name for key in keys}
    context = {
        "dataset": dataset,
        "query_text": query.search,
        "columns": columns,
        "choices": [(key.name, key.name in shown) for key in keys],
        "added": [column for column in columns if column.key not in known],
        "kinds": values.KINDS,
        "rows": [(document, rows.cells(document, columns)) for document in page],
        "pager": Pager(wanted.number, wanted.size, len(page.items), page.total, sizes=SIZES),
        "back": request.GET.urlencode(),
    }
    return render(request, "metadata/grid/grid.html", context)


def _documents(request: DashboardRequest, dataset_id: str, query: Query, wanted: PageRequest) -> Page[Document]:
    """A page of the list. A search without results is repeated in the other Unicode form of its text."""
    look = partial(
        listing.page_of,
        request.ragflow,
        dataset_id,
        number=wanted.number,
        size=wanted.size,
        orderby="create_time",
        desc=True,
    )
    found, other = look(query), query.in_other_form
    return found if found.total or other is None else look(other)


@require_POST
@curator
def save(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Save cells of one document: the input of each (``value``), and what the page showed (``cell``).

    Only changed cells are sent; an empty one deletes the key. A value that someone else has changed since is not
    overwritten on the first attempt. With ``Accept: application/json`` the response is JSON.
    """
    typed = _typed(request)
    changed = [cell for cell in typed if cell.is_changed]
    try:
        document = request.ragflow.documents.get(dataset_id, document_id)
        refused = _refused(changed, document)
        if not refused and changed:
            before = {key: value for cell in changed for key, value in cell.shown.items()}
            after = {key: value for cell in changed for key, value in cell.wanted().items()}
            edits.carry_out(request.ragflow, document, before, after)
            document = request.ragflow.documents.get(dataset_id, document_id)
    except errors.RAGFlowError as error:
        shown = {key: value for cell in typed for key, value in cell.shown.items()}
        refused = [cell.refused(shown, error.message) for cell in changed]
        return _answer(request, dataset_id, document_id, refused, typed, None)
    return _answer(request, dataset_id, document_id, refused, typed, document)


def _typed(request: DashboardRequest) -> list[Typed]:
    states, texts = request.POST.getlist("cell"), request.POST.getlist("value")
    if not states or len(states) != len(texts) or len(states) > rows.MOST_COLUMNS:
        raise BadRequest("cell and value are required, in equal numbers")
    try:
        return [Typed.read(state, text) for state, text in zip(states, texts, strict=True)]
    except rows.WrongCell as error:
        raise BadRequest(str(error)) from None


def _refused(changed: list[Typed], document: Document) -> list[Cell]:
    refused = []
    for cell in changed:
        try:
            cell.wanted()
        except values.Unfit as error:
            refused.append(cell.refused(cell.shown, str(error)))
            continue
        if said := cell.moved(document.meta_fields):
            refused.append(cell.refused(document.meta_fields, said))
    return refused


def _answer(  # noqa: PLR0917
    request: DashboardRequest,
    dataset_id: str,
    document_id: str,
    refused: list[Cell],
    typed: list[Typed],
    document: Document | None,
) -> HttpResponse:
    if request.accepts("text/html"):
        return _page(request, dataset_id, document_id, refused, typed, document)
    if refused:
        wrong: dict[str, Any] = {"errors": [{"error": cell.error, "cell": cell.state} for cell in refused]}
        return JsonResponse(wrong, status=422)
    meta = document.meta_fields if document else {}
    cells = [rows.cell_of(meta, cell.key, TYPES.get(cell.kind, "")) for cell in typed]
    return JsonResponse({"cells": [{"value": cell.text, "cell": cell.state} for cell in cells]})


def _page(  # noqa: PLR0917
    request: DashboardRequest,
    dataset_id: str,
    document_id: str,
    refused: list[Cell],
    typed: list[Typed],
    document: Document | None,
) -> HttpResponse:
    """Without script: redirect to the table, or show the row alone with its input and errors."""
    back = request.POST.get("back", "")
    url = request.server.url("metadata:grid", dataset_id) + (f"?{back}" if back else "")
    if not refused:
        messages.success(request, _("Saved %(name)s") % {"name": visible(document.name if document else "")})
        return redirect(url)
    by_key = {cell.key: cell for cell in refused}
    rest = [cell.refused(cell.shown, "") for cell in typed]
    context = {
        "cells": [by_key.get(cell.key, cell) for cell in rest],
        "name": document.name if document else document_id,
        "action": request.path,
        "back": back,
        "back_url": url,
    }
    return render(request, "metadata/grid/row.html", context, status=422)
