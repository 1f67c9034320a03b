"""Export and import of metadata as CSV, and the undo file of a change."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.metadata.change import diff, selection
from dashboard.metadata.csv import sheet
from dashboard.metadata.csv import undo as undoing
from dashboard.metadata.csv.sheet import Reading
from dashboard.models import Job
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Dataset

UNKNOWN_SHOWN = 10
LARGEST = 2 * 1024 * 1024


@require_GET
@viewer
def export(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Export a CSV file with a line per document and a column per key; lists are written as JSON."""
    ragflow = request.ragflow
    try:
        dataset, found = parallel(
            lambda: ragflow.datasets.get(dataset_id),
            lambda: selection.metadata(ragflow, dataset_id, selection.MOST_IN_FILE, sheet.Part.of),
        )
    except selection.TooMany as error:
        messages.error(request, _("Export failed"), str(error))
        return redirect(request.server.url("metadata:page", dataset_id))
    return _file(sheet.write(found), f"{dataset.name} metadata.csv")


@require_GET
@curator
def undo(request: DashboardRequest, dataset_id: str, job_id: int) -> HttpResponse:
    """The undo file of a job: its import restores the documents' previous metadata."""
    job = _job(request, dataset_id, job_id)
    return _file(undoing.file_of(job), f"{job.dataset_name} undo {job.started_at:%Y-%m-%d %H%M}.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def bring_in(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Choose a file (GET), preview its changes (POST with the file), and apply them (POST with its text).

    ``?undo=`` previews undoing a job, as if its undo file had been uploaded. Nothing is applied unless the preview is
    still valid.
    """
    ragflow = request.ragflow
    undone = (request.POST if request.method == "POST" else request.GET).get("undo", "")
    if request.method != "POST" and not undone:
        return _page(request, ragflow.datasets.get(dataset_id))
    dataset, text = None, ""
    try:
        text = undoing.file_of(_job(request, dataset_id, _number(undone))) if undone else _text(request)
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
        messages.warning(
            request, _("Nothing was changed"), _("The documents have changed since the preview. Check the new preview.")
        )
        return _page(request, dataset, reading, text, status=422)
    if not reading.edits:
        return redirect(request.server.url("metadata:page", dataset_id))
    return diff.start(request, dataset, reading.edits)


def _job(request: DashboardRequest, dataset_id: str, job_id: int) -> Job:
    job = undoing.job_of(request.server, dataset_id, job_id)
    if job is None:
        raise Http404(_("This dataset has no such metadata change."))
    return job


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def _text(request: DashboardRequest) -> str:
    """The text of the uploaded file, or the text that the preview resubmits."""
    if "fingerprint" in request.POST:
        return request.POST.get("text", "")
    file = request.FILES.get("file")
    if file is None:
        raise sheet.Unreadable(_("Choose a CSV file."))
    if (file.size or 0) > LARGEST:
        raise sheet.Unreadable(_("The file is larger than 2 MB. Split it."))
    try:
        content: bytes = file.read()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise sheet.Unreadable(_("The file is not encoded in UTF-8. Save it as CSV in UTF-8.")) from None


def _page(  # noqa: PLR0917
    request: DashboardRequest,
    dataset: Dataset,
    reading: Reading | None = None,
    text: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"dataset": dataset, "reading": reading, "error": error, "text": text}
    context["undone"] = (request.POST if request.method == "POST" else request.GET).get("undo", "")
    if reading is not None:
        context |= diff.shown(request, reading.edits) | {"unknown": reading.unknown[:UNKNOWN_SHOWN]}
    return render(request, "metadata/csv/import.html", context, status=status)
