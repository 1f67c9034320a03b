"""The style guide: every component in its states on one page, for reference and for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core import confirmation
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.score_scale import ScoreScale
from dashboard.core.sorting import Sort
from dashboard.core.web import messages
from dashboard.core.web.roles import administrator
from dashboard.styleguide.forms import ExampleForm

ROWS = (
    # kind, name, chunk method, note, per cent, chunks, bytes
    ("run", "employee-handbook-2026.pdf", "General · DeepDOC", "Embedding 112 of 180 · 1 min 20 s", 64, None, 5033164),
    ("queue", "occupational-safety-manual.pdf", "Manual · DeepDOC", "Queued, 12th of 37", None, None, 23697818),
    ("stall", "travel-and-expenses-policy-v7.pdf", "General · DeepDOC", "No movement since 12:40", 41, None, 11744051),
    ("fail", "benefits-guide-2026.docx", "General", "Embedding model did not respond within 60 s.", None, 212, 1992294),
    ("warn", "onboarding-checklist-scan.pdf", "General · Plain Text", "Probably a scan", None, 0, 2411724),
    ("done", "parental-leave-policy.pdf", "General · DeepDOC", "in 2 min 04 s", None, 64, 943718),
    ("todo", "working-time-regulations.pdf", "Laws · DeepDOC", "", None, None, 1258291),
    ("stop", "<img src=x onerror=alert(1)>.txt", "General", "by hr-curator at 13:38", None, None, 812),
)
METHOD_NOTES = {"naive": "Most documents", "manual": "Sections of manuals", "laws": "Articles, clauses"}


@require_GET
@administrator
def page(request: HttpRequest) -> HttpResponse:
    """The style guide."""
    now = timezone.now()
    asked = PageRequest.read(request.GET)
    rows = [
        {
            "id": str(number),
            "kind": kind,
            "name": name,
            "method": method,
            "note": note,
            "percent": percent,
            "chunks": chunks,
            "size": size,
            "updated": now - timedelta(minutes=7**number),
        }
        for number, (kind, name, method, note, percent, chunks, size) in enumerate(ROWS)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "sort": Sort.read(request.GET, {"name", "chunks"}, Sort("name")),
        "pager": Pager(asked.number, asked.size, shown=asked.size, total=4321),
        "unknown": Pager(2, 30, shown=30, more=True, sizes=(30,)),
        "form": ExampleForm(
            initial={
                "name": "Company handbook",
                "method": "naive",
                "chunk_size": 512,
                "datasets": ["1"],
                "html_tables": True,
            }
        ),
        "wrong": ExampleForm(
            {"name": "", "method": "naive", "chunk_size": "4096", "model": "bge-m3", "datasets": ["1"]},
            auto_id="wrong_%s",
        ),
        "method_notes": METHOD_NOTES,
        "source": {
            "document_name": "parental-leave-policy.pdf",
            "content": "Parental leave is granted for up to 24 months per child.",
            "similarity": 0.834,
            "term_similarity": 0.41,
            "vector_similarity": None,
        },
        "scale": ScoreScale(),
    }
    return render(request, "styleguide/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """A confirmation for ``number`` items (at most 500) that deletes nothing."""
    if not 0 < number <= 500:
        raise Http404
    asked = confirmation.Confirmation(
        title=_("Delete %(n)d documents?") % {"n": number},
        text=_(
            "They will be deleted from Company handbook on the server Production, with 83 chunks. This can't be undone."
        ),
        things=[confirmation.AffectedItem(f"document-{index}.pdf", "64 chunks") for index in range(1, number + 1)],
        ids=[str(index) for index in range(1, number + 1)],
        action=reverse("styleguide:confirm", args=(number,)),
        action_label=_("Delete %(n)d documents") % {"n": number},
        cancel_url=reverse("styleguide:page"),
        typed="Company handbook",
    )
    if request.method == "POST":
        if not asked.name_matches(request.POST.get("typed", "")):
            return confirmation.ask(request, asked.again(_("Type the name exactly as it is written.")), status=422)
        messages.success(
            request, _("%(n)d documents deleted") % {"n": number}, _("Not really: this is the style guide.")
        )
        return confirmation.done(request, reverse("styleguide:page"))
    return confirmation.ask(request, asked)


@require_POST
@administrator
def toast(request: HttpRequest, kind: str) -> HttpResponse:
    """A toast of each kind: ok, warn, bad."""
    say = {"ok": messages.success, "warn": messages.warning, "bad": messages.error}.get(kind)
    if say is None:
        raise Http404
    say(request, _("Parsing 12 documents"), _("About 4 min left."))
    return HttpResponse() if getattr(request, "htmx", False) else redirect("styleguide:page")


@require_GET
@administrator
def drawer(request: HttpRequest) -> HttpResponse:
    """A side drawer."""
    return render(
        request, "styleguide/_drawer.html", {"row": {"kind": "run", "percent": 64, "note": _("112 of 180 chunks")}}
    )
