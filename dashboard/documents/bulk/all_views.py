"""The actions in the page header on all documents of one status: parse new ones, retry failed ones."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.core.formatting import count
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.documents.bulk import actions, job_views, reparse_impact
from dashboard.documents.parsing import failure_causes
from dashboard.documents.query.listing import Query
from dashboard.documents.table.responses import answer, query_of
from dashboard.ragflow import parallel
from dashboard.ragflow.paging import every_page
from dashboard.ragflow.types import Document, Page, RunStatus

# The most documents per request. If there are more, those that failed first are retried first.
AT_ONCE = 500
NEW = Query.read(QueryDict("status=not-parsed"))


@require_POST
@curator
def parse_new(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Parse all documents that were never parsed."""
    dataset, found = parallel(
        lambda: request.ragflow.datasets.get(dataset_id), lambda: _in_state(request, dataset_id, RunStatus.UNSTART)
    )
    if (found.total or 0) > AT_ONCE:
        return job_views.begun(request, dataset, "parse", NEW, found.total or 0, only(RunStatus.UNSTART))
    # Documents with chunks were parsed elsewhere since: reparsing would delete their chunks.
    new = [document for document in found if not document.chunk_count]
    job = actions.act(request, dataset, "parse", new, only(RunStatus.UNSTART))
    if not new:
        messages.info(request, _("Nothing to parse"), _("Every document has been parsed or is being parsed."))
    return answer(request, dataset_id, job)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def retry(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Show the failures by cause (GET); reparse the documents of the selected causes (POST)."""
    dataset, found = parallel(
        lambda: request.ragflow.datasets.get(dataset_id), lambda: _in_state(request, dataset_id, RunStatus.FAIL)
    )
    groups = failure_causes.grouped(found)
    if request.method != "POST" and groups:
        context = {
            "dataset": dataset,
            "groups": groups,
            "total": found.total or 0,
            "shown": len(found.items),
            "chunks": sum(document.chunk_count for document in found),
            "edits": reparse_impact.edits_at_risk(
                request.server, [document.id for document in found if document.chunk_count]
            ),
            "back": request.server.url("documents:list", dataset_id) + query_of(request).encode(),
            "fields": query_of(request).fields(),
        }
        part = "_retry_dialog" if wants_fragment(request) else "retry"
        return render(request, f"documents/bulk/{part}.html", context)
    wanted = set(request.POST.getlist("cause"))
    chosen = [document for cause in groups if cause.key in wanted for document in cause.documents]
    job = None
    if not groups:
        messages.info(request, _("Nothing to retry"), _("No document in this dataset has failed."))
    elif not chosen:
        messages.warning(request, _("Nothing selected"), _("Select the causes whose documents you want to reparse."))
    else:
        job = actions.act(request, dataset, "recover", chosen, only(RunStatus.FAIL))
        _say_rest(request, found)
    return answer(request, dataset_id, job)


def only(run: RunStatus) -> dict[str, str]:
    """The job option that skips documents whose status has changed by their turn."""
    return {"only": run.value}


def _in_state(request: DashboardRequest, dataset_id: str, run: RunStatus) -> Page[Document]:
    """The oldest AT_ONCE documents of one status, as one page."""
    documents = request.ragflow.documents
    size = documents.rows_at_once(AT_ONCE)

    def page(number: int) -> Page[Document]:
        return documents.list(dataset_id, page=number, page_size=size, orderby="create_time", desc=False, run=(run,))

    pages = every_page(page, -(-AT_ONCE // size))
    found = {document.id: document for part in pages for document in part}
    return Page(items=tuple(found.values()), total=pages[0].total, page=1, page_size=AT_ONCE)


def _say_rest(request: DashboardRequest, found: Page[Document]) -> None:
    rest = (found.total or 0) - len(found.items)
    if rest > 0:
        words = ngettext("%(n)s more to retry", "%(n)s more to retry", rest) % {"n": count(rest)}
        messages.info(request, words, _("At most %(n)s are retried at once.") % {"n": count(AT_ONCE)})
