"""The user handbook inside the dashboard."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.core.web.roles import viewer
from dashboard.handbook import pages


@require_GET
@viewer
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One page of the handbook, which needs neither RAGFlow nor the database."""
    found = pages.page(name) if name in pages.NAMES else None
    if found is None:
        raise Http404(_("The handbook has no page with this name."))
    return render(request, "handbook/page.html", {"page": found, "pages": pages.contents()})
