"""The recent questions: list them to run again, or clear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.core import confirmation
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.models import AskedQuestion
from dashboard.retrieval.lab import history as asked
from dashboard.retrieval.settings_form import SettingsForm


@dataclass(frozen=True)
class Remembered:
    """A question as listed. ``settings`` are the labels of those that differ from RAGFlow's defaults."""

    question: str
    query: str
    found: int
    asked_at: datetime
    settings: Sequence[str]
    compares: bool


@require_GET
@viewer
def history(request: DashboardRequest) -> HttpResponse:
    """The user's recent questions on this server, in a drawer or as a page."""
    context = {"asked": [_remembered(one) for one in asked.last(request.server, request.user)]}
    template = "retrieval/lab/_history_drawer.html" if wants_fragment(request) else "retrieval/lab/history.html"
    return render(request, template, context)


@require_POST
@viewer
def forget(request: DashboardRequest) -> HttpResponse:
    """Clear the user's history on this server."""
    if asked.forget(request.server, request.user):
        messages.success(request, _("History cleared"))
    url = request.server.url("retrieval:lab")
    return confirmation.done(request, url) if request.htmx else redirect(url)


def _remembered(one: AskedQuestion) -> Remembered:
    query = QueryDict(one.query)
    settings = SettingsForm(query).settings()
    return Remembered(
        question=one.question,
        query=one.query,
        found=one.found,
        asked_at=one.asked_at,
        settings=[chip.label for chip in settings.changed] if settings else [],
        compares=query.get("compare") == "1",
    )
