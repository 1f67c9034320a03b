"""Review: answers that somebody should look at, until they are closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from dashboard.audit.recorder import record_local
from dashboard.conversations import filters
from dashboard.conversations.filters import ReviewForm
from dashboard.conversations.views import assistants_of, names_of
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.models import ChatQuestion, Server


@require_GET
@curator
def review(request: DashboardRequest) -> HttpResponse:
    """Answers that were rated as bad, found no sources, or never came: open ones, or closed ones (``?state=``)."""
    assistants = assistants_of(request)
    form = ReviewForm(request.GET, assistants)
    found = filters.to_review(request.server, form.asked)
    wanted = PageRequest.read(request.GET)
    first = (wanted.number - 1) * wanted.size
    listed = list(found[first : first + wanted.size + 1])
    names = names_of(assistants)
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "items": [_item(request.server, row, names) for row in listed[: wanted.size]],
        "pager": Pager(wanted.number, wanted.size, min(len(listed), wanted.size), more=len(listed) > wanted.size),
        "here": request.get_full_path(),
    }
    return render(request, f"conversations/review.html{'#table' if wants_fragment(request) else ''}", context)


@require_POST
@curator
def close(request: DashboardRequest, pk: int) -> HttpResponse:
    """Close an item, or with ``open=1`` open it again."""
    row = get_object_or_404(ChatQuestion, pk=pk, server=request.server)
    opens = bool(request.POST.get("open"))
    row.closed_by, row.closed_at = ("", None) if opens else (request.user.get_username(), timezone.now())
    row.save(update_fields=["closed_by", "closed_at"])
    action = "review.open" if opens else "review.close"
    record_local(action, (str(row.pk), row.question[:80]), by=request.user, server=request.server.name)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = request.server.url("conversations:review")
    return redirect(back)


def _item(server: Server, row: ChatQuestion, names: Mapping[str, str]) -> dict[str, Any]:
    """A row with the addresses of what it is about."""
    cited = [one for one in row.sources if one["cited"]]
    documents = dict.fromkeys(one["document_name"] for one in cited)
    keep = urlencode([("text", row.question), *(("documents", name) for name in documents)])
    return {
        "row": row,
        "assistant": names.get(row.assistant_id, ""),
        "cited": [(one, _chunk_url(server, one)) for one in cited],
        "session_url": f"{server.url('assistants:session', row.assistant_id, row.session_id)}?answer={row.number}",
        "keep_url": f"{server.url('retrieval:keep')}?{keep}",
        "kinds": [label for key, (label, _fits) in filters.KINDS.items() if _is(row, key)],
    }


def _chunk_url(server: Server, source: Mapping[str, str]) -> str:
    return f"{server.url('chunks:list', source['dataset_id'], source['document_id'])}?chunk={source['id']}"


def _is(row: ChatQuestion, kind: str) -> bool:
    status = ChatQuestion.Status
    match kind:
        case "bad":
            return row.good is False
        case "without-sources":
            return row.status == status.ANSWERED and row.found == 0
        case _:
            return row.status in (status.FAILED, status.BROKEN, status.LOST)
