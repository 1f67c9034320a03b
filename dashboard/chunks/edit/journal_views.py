"""The edited chunks of a document, and reapplying the edits that a reparse removed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from dashboard.chunks.edit import reapply
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.journal import edits as journal
from dashboard.ragflow.types import RunStatus


@require_GET
@viewer
def edits(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The edits since the last parse, and earlier ones that can be reapplied."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    found = journal.of(request.server, document_id)
    is_running = document.run is RunStatus.RUNNING
    proposals = () if is_running else reapply.proposals(request.ragflow, document, found.lost)
    context = {
        "document": document,
        "dataset_id": dataset_id,
        "is_running": is_running,
        "live": found.live[: reapply.MOST],
        "more_live": max(0, len(found.live) - reapply.MOST),
        "proposals": proposals,
        "more_lost": max(0, len(found.lost) - reapply.MOST),
        "has_open": any(proposal.kind != "done" for proposal in proposals),
    }
    return render(request, "chunks/edit/edits.html", context)


@require_POST
@curator
def apply(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Reapply the selected edits (``id``: ids of chunks), or discard them (``forget``)."""
    here = redirect(request.server.url("chunks:edits", dataset_id, document_id))
    wanted = [chunk_id for chunk_id in request.POST.getlist("id") if chunk_id]
    lost = [edit for edit in journal.of(request.server, document_id).lost if edit.chunk_id in wanted]
    if not lost:
        messages.warning(request, _("Nothing selected"), _("Select the edits first."))
        return here
    until = journal.parsed_at(request.server, document_id)
    if "forget" in request.POST:
        journal.settle(request.server, document_id, [edit.chunk_id for edit in lost], until)
        number = len(lost)
        messages.success(request, ngettext("Discarded %(n)d edit", "Discarded %(n)d edits", number) % {"n": number})
        return here
    document = request.ragflow.documents.get(dataset_id, document_id)
    if document.run is RunStatus.RUNNING:
        messages.warning(request, _("The document is being parsed"), _("Reapply the edits when it is done."))
        return here
    proposals = reapply.proposals(request.ragflow, document, lost)
    done, failed = reapply.apply(request, document, proposals)
    journal.settle(request.server, document_id, [proposal.edit.chunk_id for proposal in done], until)
    number = sum(proposal.kind != "done" for proposal in done)
    if number:
        said = ngettext("Reapplied %(n)d edit", "Reapplied %(n)d edits", number)
        messages.success(request, said % {"n": number})
    if failed:
        number = len(failed)
        title = ngettext("%(n)d edit not reapplied", "%(n)d edits not reapplied", number) % {"n": number}
        messages.error(request, title, "\n".join(list(dict.fromkeys(failed))[:3]))
    return here
