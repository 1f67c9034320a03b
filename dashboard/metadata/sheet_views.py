"""The metadata of a dataset as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.http import DashboardRequest
from dashboard.metadata import selection
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Document
from dashboard.roles import viewer

# A spreadsheet would run a cell that begins so as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@viewer
def export(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """A CSV file with a line for each document and a column for each key; lists are written as JSON."""
    ragflow = request.ragflow
    try:
        dataset, found = parallel(
            lambda: ragflow.datasets.get(dataset_id),
            lambda: selection.every(ragflow, dataset_id, most=selection.MOST_IN_FILE),
        )
    except selection.TooMany as error:
        messages.error(request, _("No file was made") + f"\n{error}")
        return redirect(request.server.url("metadata:page", dataset_id))
    response = HttpResponse(_written(found.values()), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{dataset.name} metadata.csv")
    response["Content-Disposition"] = name or "attachment"
    return response


def _written(documents: Iterable[Document]) -> str:
    documents = list(documents)
    keys = sorted({key for document in documents for key in document.meta_fields})
    text = io.StringIO()
    text.write("\ufeff")  # else Excel reads another encoding
    writer = csv.writer(text)
    writer.writerow(["document_id", "document", *map(_cell, keys)])
    for document in documents:
        values = [_cell(document.meta_fields.get(key)) for key in keys]
        writer.writerow([document.id, _cell(document.name), *values])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return str(value)
