"""Views to ask a question, follow its answer, and stop it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.assistants.answers.markdown import Rendered
from dashboard.assistants.chat import conversation, owners, records, session_list, turns, views
from dashboard.assistants.chat.sources import Choice, source_base
from dashboard.assistants.chat.turns import Turn
from dashboard.assistants.manage.forms import QuestionForm
from dashboard.assistants.settings import typed
from dashboard.assistants.stream import protocol, relay
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.models import Server
from dashboard.ragflow.types import Session


@require_POST
@viewer
def ask(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """Ask ``question``.

    For htmx, returns the question and the placeholder of its answer, whose ``data-stream`` is read next. Otherwise
    waits for the whole answer, and redirects to the session's page.
    """
    owners.check(request, session_id)
    form = QuestionForm(request.POST, thinks=request.ragflow.can("thinking modes"))
    if form.is_valid():
        session = request.ragflow.sessions.get(assistant_id, session_id)
        before = turns.current(request.server, session_id)
        try:
            question = form.cleaned_data["question"]
            variables = _variables(request, session, form)
            turn = turns.register(request.server, session, question, form.thinking_mode, variables)
        except turns.Busy:
            form.add_error(
                "question",
                _("The previous answer is still being written. Wait until it is done, or stop it."),
            )
        else:
            owners.asked(request, session)
            records.asked(request.server, turn, request.user)
            return _asked(request, turn, before)
    if request.htmx:
        return refused(request, form, assistant_id, session_id)
    return views.session_page(request, assistant_id, session_id, form=form, status=422)


@require_GET
@viewer
def stream(request: DashboardRequest, assistant_id: str, session_id: str, turn_id: str) -> HttpResponseBase:
    """The answer as an event stream (see ``protocol``). A second request does not ask again (see ``relay``)."""
    owners.check(request, session_id)
    turn = _turn(request.server, assistant_id, session_id, turn_id)
    if turn is None:
        events: Iterator[bytes] = iter([protocol.end(turns.Status.LOST, "", "", "")])
    else:
        url = request.server.url("assistants:session", assistant_id, session_id)
        token = get_token(request)
        events = relay.stream(
            turn,
            request.ragflow,
            request.server,
            source_base(url, turn.number),
            lambda ended, rendered: _ending(request, ended, rendered, token),
        )
    response = StreamingHttpResponse(events, content_type=protocol.CONTENT_TYPE)
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
@viewer
def stop(request: DashboardRequest, assistant_id: str, session_id: str, turn_id: str) -> HttpResponse:
    """Stop the answer, which ends its stream."""
    owners.check(request, session_id)
    turn = _turn(request.server, assistant_id, session_id, turn_id)
    if turn and turn.status.open:
        relay.stop(turn)
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(request.server.url("assistants:session", assistant_id, session_id))


def refused(request: DashboardRequest, form: QuestionForm, assistant_id: str, session_id: str = "") -> HttpResponse:
    """The composer with the text as typed, and the errors."""
    if session_id:
        ask_url = request.server.url("assistants:ask", assistant_id, session_id)
    else:
        ask_url = request.server.url("assistants:session-new", assistant_id)
    # Which of them are required, the page knew.
    variables = [(name, False, value) for name, value in form.variables.items()]
    context = {"form": form, "ask_url": ask_url, "variables": variables}
    response = render(request, "assistants/chat/_composer.html", context, status=422)
    response["HX-Retarget"] = "#composer"
    response["HX-Reswap"] = "outerHTML"
    return response


def _asked(request: DashboardRequest, turn: Turn, before: Turn | None) -> HttpResponse:
    session = turn.session
    url = request.server.url("assistants:session", session.assistant_id, session.id)
    if not request.htmx:
        relay.answer_whole(turn, request.ragflow, source_base(url, turn.number))
        return redirect(url)
    # A turn that RAGFlow did not store is removed, as a reload would do.
    dropped = before if before and before.number == turn.number else None
    exchange = conversation.Exchange(turn.number, turn.question, conversation.of_turn(turn, url))
    context = {
        "exchange": exchange,
        "dropped": dropped,
        "assistant_id": session.assistant_id,
        "session_id": session.id,
        "note": session_list.note_now(turn.number),
    }
    return render(request, "assistants/chat/_exchange.html", context)


def _variables(request: DashboardRequest, session: Session, form: QuestionForm) -> Mapping[str, str]:
    """What was typed for variables that the assistant's prompt has."""
    if not form.variables:
        return {}
    return typed.fitting(request.ragflow.chats.get(session.assistant_id).prompt, form.variables)


def _turn(server: Server, assistant_id: str, session_id: str, turn_id: str) -> Turn | None:
    """The session's latest turn, if ids of turn and assistant match. Raises CacheDown."""
    turn = turns.surely_current(server, session_id)
    return turn if turn and turn.id == turn_id and turn.session.assistant_id == assistant_id else None


def _ending(request: DashboardRequest, turn: Turn, rendered: Rendered | None, csrf_token: str) -> bytes:
    """The last event, with the whole answer and its sources."""
    session, server = turn.session, request.server
    url = server.url("assistants:session", session.assistant_id, session.id)
    answer = conversation.of_turn(turn, url, rendered)
    context = {
        "server": server,
        "assistant_id": session.assistant_id,
        "session_id": session.id,
        "csrf_token": csrf_token,
    }
    article = render_to_string("assistants/chat/_answer.html", context | {"answer": answer})
    pane = conversation.pane_of(answer, request.ragflow, server, url, Choice(answer.number))
    sources = render_to_string("assistants/chat/_sources.html", context | {"pane": pane})
    return protocol.end(turn.status, article, sources, answer.said)
