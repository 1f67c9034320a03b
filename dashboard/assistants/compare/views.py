"""Compare two assistants: one question, two answers side by side, a vote."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.assistants.chat import owners, turns
from dashboard.assistants.chat.turns import Turn
from dashboard.assistants.compare import comparison
from dashboard.assistants.manage.forms import QuestionForm
from dashboard.assistants.stream import protocol, relay
from dashboard.audit.recorder import record_local
from dashboard.core.formatting import cell, visible
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.models import ComparisonVote
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Assistant, Session

MOST_ASSISTANTS: Final = 100
SESSION: Final = "Comparison"
MARK: Final = "\ufeff"


@require_GET
@viewer
def page(request: DashboardRequest) -> HttpResponse:
    """Choose two assistants (``?a=…&b=…``) and ask both."""
    return _page(request, (request.GET.get("a", ""), request.GET.get("b", "")))


@require_POST
@viewer
def ask(request: DashboardRequest) -> HttpResponse:
    """Ask ``question`` of the assistants ``a`` and ``b``, each in a session of its own that is deleted afterwards.

    For htmx, returns two places that the answers are written to. Otherwise waits for both.
    """
    ids = [request.POST.get(letter, "") for letter in comparison.SIDES]
    form = QuestionForm(request.POST, thinks=False)
    if not all(ids):
        form.add_error("question", _("Choose two assistants first."))
    if not form.is_valid():
        return _page(request, (ids[0], ids[1]), form=form, status=422)
    question = form.cleaned_data["question"]
    pair = parallel(*(partial(request.ragflow.chats.get, id) for id in ids))
    asked = [_register(request, assistant, question) for assistant in pair]
    if not request.htmx:
        for turn in asked:
            relay.answer_whole(turn, request.ragflow, "#")
        ended = [turns.surely_current(request.server, turn.session.id) or turn for turn in asked]
        return _page(request, (ids[0], ids[1]), **_result(request, ended))
    sides = [comparison.side(*one, request.server) for one in zip(comparison.SIDES, asked, strict=True)]
    return render(request, "assistants/compare/_answers.html", {"question": question, "sides": sides})


@require_GET
@viewer
def stream(
    request: DashboardRequest, assistant_id: str, session_id: str, turn_id: str, letter: str
) -> HttpResponseBase:
    """One of the answers as an event stream (see ``protocol``)."""
    turn = _turn(request, assistant_id, session_id)
    if turn.id != turn_id or letter not in comparison.SIDES:
        raise Http404(turn_id)
    server = request.server

    def ending(ended: Turn, rendered: Any) -> bytes:
        one = comparison.side(letter, ended, server, rendered)
        article = render_to_string("assistants/compare/_answer.html", {"side": one, "server": server})
        return protocol.end(ended.status, article, "", _("Answer %(letter)s is complete.") % {"letter": letter.upper()})

    events: Iterator[bytes] = relay.stream(turn, request.ragflow, server, comparison.base_of(letter), ending)
    response = StreamingHttpResponse(events, content_type=protocol.CONTENT_TYPE)
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
@viewer
def result(request: DashboardRequest) -> HttpResponse:
    """Both answers once they have ended, with what they have in common and the vote; deletes their sessions."""
    ended = [
        _turn(request, request.POST.get(f"assistant-{letter}", ""), request.POST.get(f"session-{letter}", ""))
        for letter in comparison.SIDES
    ]
    return render(request, "assistants/compare/_result.html", _result(request, ended))


@require_POST
@viewer
def vote(request: DashboardRequest) -> HttpResponse:
    """Keep the vote ``choice`` ("a", "b", "tie") for a question, and show the tally."""
    ids = [request.POST.get(letter, "") for letter in comparison.SIDES]
    choice, question = request.POST.get("choice", ""), request.POST.get("question", "")[:20_000]
    if choice not in comparison.Choice.values or not question:
        raise Http404(choice)
    pair = parallel(*(partial(request.ragflow.chats.get, id) for id in ids))
    comparison.vote(request.server, pair, question, choice, request.user)
    names = " / ".join(visible(one.name) for one in pair)
    record_local("comparison.vote", ("", names), by=request.user, server=request.server.name, choice=choice)
    if not request.htmx:
        return redirect(f"{request.server.url('assistants:compare')}?a={ids[0]}&b={ids[1]}")
    context = {"tally": comparison.tally(request.server, *ids), "voted": choice}
    return render(request, "assistants/compare/_tally.html", context)


@require_GET
@curator
def export(request: DashboardRequest) -> HttpResponse:
    """All votes on the server as CSV, newest first."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("When"), _("Who"), _("Question"), "A", "B", _("Vote")])
    for row in ComparisonVote.objects.filter(server=request.server)[:10_000]:
        told = (row.at.isoformat(timespec="seconds"), row.username, row.question, row.name_a, row.name_b, row.choice)
        writer.writerow([cell(text) for text in told])
    response = HttpResponse(MARK + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="comparisons.csv"'
    return response


def _page(
    request: DashboardRequest, ids: tuple[str, str], *, form: QuestionForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    a, b = ids
    assistants = list(request.ragflow.chats.list(page_size=MOST_ASSISTANTS).items)
    context = {
        "assistants": assistants,
        "a": a,
        "b": b,
        "form": form or QuestionForm(thinks=False),
        "tally": comparison.tally(request.server, a, b) if a and b else None,
        **more,
    }
    part = "#form" if request.htmx and form else ""
    response = render(request, f"assistants/compare/page.html{part}", context, status=status)
    if part:
        response["HX-Retarget"] = "#compare-form"
        response["HX-Reswap"] = "outerHTML"
    return response


def _register(request: DashboardRequest, assistant: Assistant, question: str) -> Turn:
    session = request.ragflow.sessions.create(assistant, SESSION, owners.name_for_ragflow(request.user))
    owners.remember(request, session)
    return turns.register(request.server, session, question)


def _turn(request: DashboardRequest, assistant_id: str, session_id: str) -> Turn:
    """The turn of a session that the user started for a comparison."""
    owners.check(request, session_id)
    turn = turns.surely_current(request.server, session_id)
    if turn is None or turn.session.assistant_id != assistant_id or turn.session.name != SESSION:
        raise Http404(session_id)
    return turn


def _result(request: DashboardRequest, ended: Sequence[Turn]) -> dict[str, Any]:
    found = [[source.id for source in turn.sources] for turn in ended]
    sides = [
        comparison.side(letter, turn, request.server, other=others)
        for letter, turn, others in zip(comparison.SIDES, ended, reversed(found), strict=True)
    ]
    for turn in ended:
        if not turn.status.open:
            _discard(request, turn.session)
    common, total = comparison.in_common(ended)
    return {
        "sides": sides,
        "question": ended[0].question,
        "common": common,
        "total": total,
        "tally": comparison.tally(request.server, *(turn.session.assistant_id for turn in ended)),
    }


def _discard(request: DashboardRequest, session: Session) -> None:
    outcome = request.ragflow.sessions.delete([session])
    owners.forget(request.server, outcome.deleted)
