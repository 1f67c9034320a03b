"""The metadata of a dataset as a file: out, and in again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.http import DashboardRequest
from dashboard.metadata import selection, sheet
from dashboard.metadata.changes import words_of
from dashboard.metadata.sheet import Reading
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Dataset
from dashboard.roles import curator, viewer
from dashboard.ui.formatting import count

SHOWN = 20
FAILURES_SHOWN = 100
UNKNOWN_SHOWN = 10
LARGEST = 2 * 1024 * 1024


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
    response = HttpResponse(sheet.write(found.values()), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{dataset.name} metadata.csv")
    response["Content-Disposition"] = name or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def bring_in(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Ask for a file (GET), show what it would change (POST with the file), and do that (POST with its text again).

    As with other changes, what was shown must still be right when it is done.
    """
    ragflow = request.ragflow
    if request.method != "POST":
        return _page(request, ragflow.datasets.get(dataset_id))
    dataset, text = None, ""
    try:
        text = _text(request)
        dataset, found = parallel(
            lambda: ragflow.datasets.get(dataset_id),
            lambda: selection.every(ragflow, dataset_id, most=selection.MOST_IN_FILE),
        )
        reading = sheet.read(text, list(found.values()))
    except (sheet.Unreadable, selection.TooMany) as error:
        return _page(request, dataset or ragflow.datasets.get(dataset_id), error=str(error), status=422)
    seen = request.POST.get("fingerprint")
    if seen is None:
        return _page(request, dataset, reading, text)
    if seen != reading.fingerprint:
        messages.warning(request, _("Look again\nThe documents changed meanwhile, so nothing was sent."))
        return _page(request, dataset, reading, text, status=422)
    return _carry_out(request, dataset, reading)


def _carry_out(request: DashboardRequest, dataset: Dataset, reading: Reading) -> HttpResponse:
    result = sheet.carry_out(request.ragflow, reading)
    if result.changed:
        words = ngettext("%(n)s document is changed", "%(n)s documents are changed", result.changed)
        messages.success(request, words % {"n": count(result.changed)})
    if not result.failures:
        return redirect(request.server.url("metadata:page", dataset.id))
    context = {
        "dataset": dataset,
        "changed": result.changed,
        "failures": result.failures[:FAILURES_SHOWN],
        "failed": len(result.failures),
        "again_url": request.path,
    }
    return render(request, "metadata/failed.html", context)


def _text(request: DashboardRequest) -> str:
    """The text of the file, or as the page sends it back."""
    if "fingerprint" in request.POST:
        return request.POST.get("text", "")
    file = request.FILES.get("file")
    if file is None:
        raise sheet.Unreadable(_("File: choose a CSV file."))
    if (file.size or 0) > LARGEST:
        raise sheet.Unreadable(_("File: at most 2 MB can be read at once; split the file."))
    try:
        content: bytes = file.read()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise sheet.Unreadable(_("File: save it as CSV in UTF-8; this is another encoding.")) from None


def _page(  # noqa: PLR0917
    request: DashboardRequest,
    dataset: Dataset,
    reading: Reading | None = None,
    text: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"dataset": dataset, "reading": reading, "error": error, "text": text}
    if reading is not None:
        context |= {
            "rows": [
                (edit.document, [(key, words_of(edit.before[key]), words_of(edit.after[key])) for key in edit.after])
                for edit in reading.edits[:SHOWN]
            ],
            "changing": len(reading.edits),
            "more": max(0, len(reading.edits) - SHOWN),
            "unknown": reading.unknown[:UNKNOWN_SHOWN],
        }
    return render(request, "metadata/import.html", context, status=status)
