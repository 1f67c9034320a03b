"""The page with the form of a server, and the outcome of a test in it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.servers import explanations
from dashboard.servers.diagnosis import Diagnosis
from dashboard.servers.manage.forms import ServerForm


def form_page(
    request: DashboardRequest,
    form: ServerForm,
    found: Diagnosis | None = None,
    *,
    ask_anyway: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form with the outcome of a test, if there was one; the part of the page if htmx asks.

    ``ask_anyway`` offers to save although the connection does not work.
    """
    part = "#form" if wants_fragment(request) else ""
    context = {
        "form": form,
        "one": form.server,
        "found": explanations.explain(found) if found else None,
        "api_removed": explanations.api_removed() if form.api_was_removed else "",
        "ask_anyway": ask_anyway,
        # Without script the page is a new one, and no page contains a key.
        "key_is_gone": not part and bool(form.data.get("api_key")),
        "tls_notes": explanations.TLS_NOTES,
    }
    return render(request, f"servers/form.html{part}", context, status=status)
