"""RAGFlow's ingestion log: what was run on a dataset and its documents, and how it ended."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.parsing import parse_log
from dashboard.ingestion import runs
from dashboard.ragflow import parallel
from dashboard.ragflow.ingestion.logs import IngestionLog, IngestionSummary, LogKind
from dashboard.ragflow.types import Dataset, Page

# The two lists that RAGFlow keeps, by their name in our URLs.
LISTS: Final = {"documents": LogKind.DOCUMENTS, "jobs": LogKind.JOBS}
LABELS: Final[dict[str, str | Promise]] = {"documents": _("Documents"), "jobs": _("Jobs over the dataset")}


@require_GET
@never_cache
@viewer
def page(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The runs of a dataset: of its documents, or with ``?of=jobs`` of the jobs over all of it."""
    ragflow = request.ragflow
    if not ragflow.can("ingestion logs"):
        return _not_kept(request, ragflow.datasets.get(dataset_id))
    of = request.GET.get("of", "")
    of = of if of in LISTS else "documents"
    wanted = PageRequest.read(request.GET)
    found: tuple[Any, ...] = parallel(
        lambda: ragflow.datasets.get(dataset_id),
        lambda: ragflow.ingestions.list(dataset_id, LISTS[of], wanted.number, wanted.size),
        lambda: ragflow.ingestions.summary(dataset_id),
    )
    logs: Page[IngestionLog] = found[1]
    summary: IngestionSummary = found[2]
    context = {
        "dataset": found[0],
        "of": of,
        "labels": LABELS,
        "runs": runs.rows(request.server, dataset_id, logs),
        "counts": runs.counts(summary),
        "pager": Pager(wanted.number, wanted.size, len(logs), logs.total),
    }
    return render(request, "ingestion/page.html", context)


@require_GET
@never_cache
@viewer
def document(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The runs of one document: as a page, or as the part of the page of its log."""
    ragflow = request.ragflow
    if not ragflow.can("ingestion logs"):
        return _not_kept(request, ragflow.datasets.get(dataset_id))
    found = runs.of_document(ragflow, dataset_id, document_id)
    context: dict[str, Any] = {
        "runs": runs.rows(request.server, dataset_id, found.runs),
        "searched": 0 if found.is_all else found.searched,
    }
    if wants_fragment(request):
        return render(request, "ingestion/_document.html", context)
    dataset, one = parallel(
        lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.documents.get(dataset_id, document_id)
    )
    return render(request, "ingestion/document.html", context | {"dataset": dataset, "document": one})


@require_GET
@never_cache
@viewer
def run(request: DashboardRequest, dataset_id: str, log_id: str) -> HttpResponse:
    """One run with its whole log."""
    ragflow = request.ragflow
    if not ragflow.can("ingestion logs"):
        return _not_kept(request, ragflow.datasets.get(dataset_id))
    dataset, log = parallel(
        lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.ingestions.get(dataset_id, log_id)
    )
    [row] = runs.rows(request.server, dataset_id, [log], parse_log.TAIL)
    return render(request, "ingestion/run.html", {"dataset": dataset, "run": row})


def _not_kept(request: DashboardRequest, dataset: Dataset) -> HttpResponse:
    """The page on a release without ingestion logs."""
    return render(request, "ingestion/not_kept.html", {"dataset": dataset, "release": request.ragflow.release()})
