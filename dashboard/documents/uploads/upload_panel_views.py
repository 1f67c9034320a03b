"""The upload panel, loaded with the first file, and its check for existing names."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from dashboard.core.formatting import ago, count
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.documents import originals
from dashboard.documents.uploads import checks, replace_job
from dashboard.journal import edits
from dashboard.models import Server
from dashboard.ragflow.types import Document


@require_GET
@curator
def panel(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The panel with its texts. Does not call RAGFlow."""
    context = {
        "suffixes": " ".join(sorted(checks.SUFFIXES)),
        "upload_limit": checks.limit(),
        "parsed_up_to": min(checks.PARSED_UP_TO, checks.limit()),
        "name_bytes": checks.NAME_BYTES,
        "upload_url": request.server.url("documents:upload", dataset_id),
        "names_url": request.server.url("documents:names", dataset_id),
    }
    return render(request, "documents/uploads/_upload_panel.html", context)


@require_POST
@curator
def names(request: DashboardRequest, dataset_id: str) -> JsonResponse:
    """Which of ``{"names": […]}`` exist in the dataset: ``{"found": {name: {id, note}}}``."""
    wanted = replace_job.asked_names(request.body)
    if wanted is None:
        words = _("Send a list of at most %(n)d names.") % {"n": replace_job.NAMES}
        return JsonResponse({"error": words}, status=400)
    dataset = checks.dataset(request.ragflow, request.server, dataset_id)
    found = replace_job.same_names(request.ragflow, dataset, [name for name in wanted if name.strip()])
    documents = originals.checked(request.server, request.ragflow, list(found.values()))
    answer = {
        name: {"id": document.id, "note": _about(request.server, document)}
        for name, document in zip(found, documents, strict=True)
    }
    return JsonResponse({"found": answer})


def _about(server: Server, document: Document) -> str:
    """A note about the document for deciding whether to replace it."""
    chunks = ngettext("%(n)s chunk", "%(n)s chunks", document.chunk_count) % {"n": count(document.chunk_count)}
    when = ago(document.created_at) if document.created_at else ""
    parts = [_("Uploaded %(when)s") % {"when": when}, chunks] if when else [chunks]
    if document.destroys_original:
        parts.append(_("linked from the file manager: Replace disables it and keeps the file"))
    if edited := edits.lost_edits(server, [document.id]):
        parts.append(ngettext("%(n)s edited manually", "%(n)s edited manually", edited) % {"n": count(edited)})
    return ", ".join(parts)
