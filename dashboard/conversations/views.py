"""Conversations: what was asked on a server, and what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.conversations import filters, summary
from dashboard.conversations.filters import FilterForm
from dashboard.core.formatting import cell
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.models import ChatQuestion
from dashboard.ragflow.types import Assistant

# Assistants to choose from, and rows in one piece of the file.
MOST_ASSISTANTS = 100
AT_ONCE = 500
# Without this byte order mark, Excel assumes another encoding.
MARK = "\ufeff"


@require_GET
@curator
def page(request: DashboardRequest) -> HttpResponse:
    """Numbers by week and by assistant, the documents cited most, and the questions that fit the filters."""
    assistants = assistants_of(request)
    form = FilterForm(request.GET, assistants)
    found = filters.questions(request.server, form.asked)
    wanted = PageRequest.read(request.GET)
    first = (wanted.number - 1) * wanted.size
    listed = list(found[first : first + wanted.size + 1])
    names = names_of(assistants)
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "questions": [(row, names.get(row.assistant_id, "")) for row in listed[: wanted.size]],
        "pager": Pager(wanted.number, wanted.size, min(len(listed), wanted.size), more=len(listed) > wanted.size),
    }
    if wants_fragment(request):
        return render(request, "conversations/page.html#table", context)
    context |= {
        "total": summary.total(found),
        "weeks": summary.by_week(found),
        "by_assistant": [(names.get(id, ""), numbers) for id, numbers in summary.by_assistant(found)],
        "cited": summary.most_cited(found),
        "to_review": filters.to_review(request.server, {}).count(),
    }
    return render(request, "conversations/page.html", context)


@require_GET
@curator
def export(request: DashboardRequest) -> HttpResponseBase:
    """All questions that fit the filters as CSV, sent while they are read. With an invalid filter, the page says so."""
    assistants = assistants_of(request)
    form = FilterForm(request.GET, assistants)
    if not form.is_valid():
        return redirect(f"{request.server.url('conversations:page')}?{request.GET.urlencode()}")
    found = filters.questions(request.server, form.asked)
    response = StreamingHttpResponse(_file(found, names_of(assistants)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="conversations-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


def assistants_of(request: DashboardRequest) -> list[Assistant]:
    """The first hundred assistants of the server."""
    return list(request.ragflow.chats.list(page_size=MOST_ASSISTANTS).items)


def names_of(assistants: list[Assistant]) -> Mapping[str, str]:
    """The names of assistants by their ids."""
    return {one.id: one.name for one in assistants}


def _file(found: QuerySet[ChatQuestion], names: Mapping[str, str]) -> Iterator[str]:
    head: list[object] = [
        _("Asked"), _("Assistant"), _("Assistant ID"), _("Session ID"), _("Person"), _("Question"), _("Answer"),
        _("Outcome"), _("Sources"), _("Cited documents"), _("Seconds"), _("Rating"), _("Comment"), _("Rated by"),
        _("Closed by"),
    ]  # fmt: skip
    batch: list[list[object]] = [head]
    for row in found.iterator(chunk_size=AT_ONCE):
        batch.append(_row(row, names))
        if len(batch) >= AT_ONCE:
            yield _written(batch)
            batch = []
    yield _written(batch)


def _row(row: ChatQuestion, names: Mapping[str, str]) -> list[object]:
    cited = dict.fromkeys(one["document_name"] for one in row.sources if one["cited"])
    rating = "" if row.good is None else _("good") if row.good else _("bad")
    return [
        row.asked_at.isoformat(timespec="seconds"), names.get(row.assistant_id, ""), row.assistant_id, row.session_id,
        row.username, row.question, row.answer, row.get_status_display(), "" if row.found is None else row.found,
        "; ".join(cited), "" if row.took_seconds is None else f"{row.took_seconds:.1f}", rating, row.comment,
        row.rated_by, row.closed_by,
    ]  # fmt: skip


def _written(rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[cell(str(value)) for value in row] for row in rows])
    return out.getvalue()
