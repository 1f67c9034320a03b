"""The upload tray: loaded when the first file comes, and what it asks before it sends anything."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from dashboard.chunks import journal
from dashboard.documents import originals, replacing, uploads
from dashboard.http import DashboardRequest
from dashboard.models import Server
from dashboard.ragflow.types import Document
from dashboard.roles import curator
from dashboard.ui.formatting import ago, count


@require_GET
@curator
def tray(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The tray with its words. Asks RAGFlow nothing."""
    context = {
        "suffixes": " ".join(sorted(uploads.SUFFIXES)),
        "upload_limit": uploads.limit(),
        "parsed_up_to": min(uploads.PARSED_UP_TO, uploads.limit()),
        "name_bytes": uploads.NAME_BYTES,
        "upload_url": request.server.url("documents:upload", dataset_id),
        "names_url": request.server.url("documents:names", dataset_id),
    }
    return render(request, "documents/_tray.html", context)


@require_POST
@curator
def names(request: DashboardRequest, dataset_id: str) -> JsonResponse:
    """Which of ``{"names": […]}`` documents of the dataset have: ``{"found": {name: {id, note}}}``."""
    wanted = replacing.asked_names(request.body)
    if wanted is None:
        words = _("Names: send a list of at most %(n)d names.") % {"n": replacing.NAMES}
        return JsonResponse({"error": words}, status=400)
    dataset = uploads.dataset(request.ragflow, request.server, dataset_id)
    found = replacing.same_names(request.ragflow, dataset, [name for name in wanted if name.strip()])
    documents = originals.checked(request.server, request.ragflow, list(found.values()))
    answer = {
        name: {"id": document.id, "note": _about(request.server, document)}
        for name, document in zip(found, documents, strict=True)
    }
    return JsonResponse({"found": answer})


def _about(server: Server, document: Document) -> str:
    """What somebody should know of the document before they replace it."""
    chunks = ngettext("%(n)s chunk", "%(n)s chunks", document.chunk_count) % {"n": count(document.chunk_count)}
    when = ago(document.created_at) if document.created_at else ""
    parts = [_("Uploaded %(when)s") % {"when": when}, chunks] if when else [chunks]
    if document.destroys_original:
        parts.append(_("linked from the file manager: Replace disables it and keeps the file"))
    if edited := journal.lost_edits(server, [document.id]):
        parts.append(ngettext("%(n)s edited by hand", "%(n)s edited by hand", edited) % {"n": count(edited)})
    return ", ".join(parts)
