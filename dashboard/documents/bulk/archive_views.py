"""Downloading selected or all matching documents as one zip."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import connection
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core import confirmation
from dashboard.core.formatting import count, file_size
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.documents.bulk import actions, archive, reparse_impact
from dashboard.documents.table.responses import query_of
from dashboard.ragflow import parallel


@require_GET
@viewer
def download(request: DashboardRequest, dataset_id: str) -> HttpResponseBase:
    """The files of the documents ``id``, or with ``all=yes`` of all that match the list's filter.

    htmx cannot save files, so it is redirected to the same address with a full page load.
    """
    query, ids, everything = query_of(request), request.GET.getlist("id"), confirmation.means_all(request)
    back = request.server.url("documents:list", dataset_id) + query.encode()
    if wants_fragment(request):
        if not ids and not everything:
            return _refused(request, back, _("Nothing selected"), _("Select one or more documents first."))
        named = f"all=yes&{query.encode()[1:]}" if everything else urlencode([("id", one) for one in ids])
        return HttpResponseClientRedirect(f"{request.path}?{named}")
    dataset, found = parallel(
        lambda: request.ragflow.datasets.get(dataset_id),
        lambda: (
            reparse_impact.matching(request.ragflow, dataset_id, query, archive.MOST)
            if everything
            else reparse_impact.of(actions.chosen(request.ragflow, dataset_id, ids, query).documents)
        ),
    )
    size = sum(document.size for document in found.documents)
    if not found.documents:
        return _refused(request, back, _("Nothing selected"), _("Select one or more documents first."))
    if not found.complete or size > archive.MOST_BYTES:
        words = {
            "n": count(found.total),
            "most": count(archive.MOST),
            "size": file_size(size),
            "largest": file_size(archive.MOST_BYTES),
        }
        too_much = _("At most %(most)s documents and %(largest)s per archive. You selected %(n)s (%(size)s).")
        return _refused(request, back, _("Too large for one archive"), too_much % words)
    zipped = archive.Archive(request.ragflow, found.documents)
    zipped.open_first()
    if not connection.in_atomic_block:
        # The stream needs no database connection while it is open.
        connection.close()
    response = StreamingHttpResponse(zipped, content_type="application/zip")
    name = archive.safe_name(f"{dataset.name} {timezone.localdate().isoformat()}.zip")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _refused(request: DashboardRequest, back: str, title: str, body: str) -> HttpResponse:
    messages.warning(request, title, body)
    return HttpResponseClientRedirect(back) if wants_fragment(request) else redirect(back)
