"""Actions on all documents that match the list's filter: confirm, then start a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.documents import originals
from dashboard.documents.bulk import reparse_impact
from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.documents.table.responses import answer
from dashboard.jobs import service
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Dataset

NAMED: Final = 3
LOOKED_AT: Final = ("parse", "delete")


def on_all(request: DashboardRequest, dataset_id: str, action: str, query: Query) -> HttpResponse:
    """Confirm with the number and the first documents, then start the job."""
    back = request.server.url("documents:list", dataset_id) + query.encode()
    dataset, found = parallel(
        lambda: request.ragflow.datasets.get(dataset_id),
        # The losses from parsing and deleting are known only for documents that were read.
        lambda: reparse_impact.matching(request.ragflow, dataset_id, query, None if action in LOOKED_AT else NAMED),
    )
    if not found.total or query.status == listing.STALLED:
        messages.warning(request, _("Nothing was started"), _("No documents match any more."))
        return confirmation.done(request, back)
    question = confirmation.ask_for_all(request, _question(request, dataset, action, query, found))
    if question is not None:
        return question
    return begun(request, dataset, action, query, found.total)


def begun(  # noqa: PLR0917
    request: DashboardRequest,
    dataset: Dataset,
    action: str,
    query: Query,
    total: int,
    options: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Start the job, and show its toast beside the list."""
    job = service.create(
        request.server, dataset, request.user, action, query=query.encode(), expected=total, options=options
    )
    return answer(request, dataset.id, job)


def _question(
    request: DashboardRequest, dataset: Dataset, action: str, query: Query, found: reparse_impact.MatchedDocuments
) -> Confirmation:
    number = found.total
    title, label, text = {
        "parse": (
            ngettext("Parse the matching document?", "Parse all %(n)s matching documents?", number),
            ngettext("Parse it", "Parse %(n)s documents", number),
            _cost(request, found),
        ),
        "stop": (
            ngettext("Stop the matching document?", "Stop all %(n)s matching documents?", number),
            ngettext("Stop it", "Stop %(n)s documents", number),
            _("Documents being parsed are stopped and lose their chunks. Others are not changed."),
        ),
        "enable": (
            ngettext("Enable the matching document?", "Enable all %(n)s matching documents?", number),
            ngettext("Enable it", "Enable %(n)s documents", number),
            _("Searches and assistants will find them."),
        ),
        "disable": (
            ngettext("Disable the matching document?", "Disable all %(n)s matching documents?", number),
            ngettext("Disable it", "Disable %(n)s documents", number),
            _("Searches and assistants will no longer find them. Their chunks are kept."),
        ),
        "delete": (
            ngettext("Delete the matching document?", "Delete all %(n)s matching documents?", number),
            ngettext("Delete it", "Delete %(n)s documents", number),
            _("Their files and chunks will be deleted too. This can't be undone."),
        ),
    }[action]
    how = _("This runs in the background, one document at a time. You can cancel it.")
    where = _("In %(dataset)s on the server %(server)s.") % {
        "dataset": visible(dataset.name),
        "server": request.server.name,
    }
    at_risk = originals.among(request.server, request.ragflow, found.documents) if action == "delete" else []
    linked = {one.document.id: one.note for one in at_risk}
    first = sorted(found.documents, key=lambda document: document.id not in linked)[:NAMED]
    return Confirmation(
        title=title % {"n": count(number)},
        text=" ".join(part for part in (where, text, how) if part),
        things=[AffectedItem(visible(document.name), linked.get(document.id, "")) for document in first],
        warning=originals.warning(at_risk, complete=found.complete),
        number=number,
        action=request.path,
        action_label=label % {"n": count(number)},
        cancel_url=request.server.url("documents:list", dataset.id) + query.encode(),
        cancel_label=_("Cancel"),
        typed=dataset.name if action == "delete" and dataset.name.strip() else "",
        hidden=confirmation.hidden_for_all(number) | query.fields(),
    )


def _cost(request: DashboardRequest, found: reparse_impact.MatchedDocuments) -> str:
    ids = [document.id for document in found.documents if document.chunk_count]
    edits = reparse_impact.edits_at_risk(request.server, ids, complete=found.complete)
    return " ".join(part for part in (reparse_impact.chunks_at_risk(found), edits) if part)
