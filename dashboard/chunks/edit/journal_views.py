"""The edits of a document, and how those that parsing took away come back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from dashboard.chunks.edit import reapply
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.journal import edits as journal
from dashboard.ragflow.types import RunStatus


@require_GET
@viewer
def edits(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """What was edited since the document was parsed, and what can be brought back from before."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    found = journal.of(request.server, document_id)
    is_running = document.run is RunStatus.RUNNING
    offers = () if is_running else reapply.offers(request.ragflow, document, found.lost)
    context = {
        "document": document,
        "dataset_id": dataset_id,
        "is_running": is_running,
        "live": found.live[: reapply.MOST],
        "more_live": max(0, len(found.live) - reapply.MOST),
        "offers": offers,
        "more_lost": max(0, len(found.lost) - reapply.MOST),
        "has_open": any(offer.kind != "done" for offer in offers),
    }
    return render(request, "chunks/edit/edits.html", context)


@require_POST
@curator
def apply(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Bring the ticked edits back (``id`` is the chunk's, many), or forget them (``forget``)."""
    here = redirect(request.server.url("chunks:edits", dataset_id, document_id))
    wanted = [chunk_id for chunk_id in request.POST.getlist("id") if chunk_id]
    lost = [edit for edit in journal.of(request.server, document_id).lost if edit.chunk_id in wanted]
    if not lost:
        messages.warning(request, _("Nothing was chosen\nSelect the edits first."))
        return here
    until = journal.parsed_at(request.server, document_id)
    if "forget" in request.POST:
        journal.settle(request.server, document_id, [edit.chunk_id for edit in lost], until)
        number = len(lost)
        messages.success(request, ngettext("Forgot %(n)d edit", "Forgot %(n)d edits", number) % {"n": number})
        return here
    document = request.ragflow.documents.get(dataset_id, document_id)
    if document.run is RunStatus.RUNNING:
        messages.warning(request, _("The document is being parsed\nApply the edits when its chunks are there."))
        return here
    offers = reapply.offers(request.ragflow, document, lost)
    done, failed = reapply.apply(request, document, offers)
    journal.settle(request.server, document_id, [offer.edit.chunk_id for offer in done], until)
    number = sum(offer.kind != "done" for offer in done)
    if number:
        said = ngettext("Applied %(n)d edit again", "Applied %(n)d edits again", number)
        messages.success(request, said % {"n": number})
    if failed:
        number = len(failed)
        title = ngettext("%(n)d edit was not applied", "%(n)d edits were not applied", number) % {"n": number}
        messages.error(request, "\n".join([title, *list(dict.fromkeys(failed))[:3]]))
    return here
