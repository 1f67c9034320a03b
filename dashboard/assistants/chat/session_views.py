"""Sessions: open, rename, delete."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from dashboard.assistants.chat import owners, records, turns, views
from dashboard.assistants.chat.sources import source_base
from dashboard.assistants.chat.turn_views import refused
from dashboard.assistants.manage.forms import QuestionForm, SessionNameForm
from dashboard.assistants.settings import typed
from dashboard.assistants.stream import relay
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow import errors
from dashboard.ragflow.types import Session

# Characters of the first question that become the session's name.
NAMED_AFTER = 60


@require_POST
@viewer
def new(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """Open a session with its first question, and redirect to it.

    RAGFlow drops a question sent without a session (contract §16.1), so this takes two calls.
    """
    form = QuestionForm(request.POST, thinks=request.ragflow.can("thinking modes"))
    if not form.is_valid():
        if request.htmx:
            return refused(request, form, assistant_id)
        return views.chat_page(request, assistant_id, form=form, status=422)
    question = form.cleaned_data["question"]
    assistant = request.ragflow.chats.get(assistant_id)
    opened = request.ragflow.sessions.create(assistant, name_for(question), owners.name_for_ragflow(request.user))
    owners.remember(request, opened)
    variables = typed.fitting(assistant.prompt, form.variables)
    turn = turns.register(request.server, opened, question, form.thinking_mode, variables)
    records.asked(request.server, turn, request.user)
    url = request.server.url("assistants:session", assistant_id, opened.id)
    if request.htmx:
        return HttpResponseClientRedirect(url)
    relay.answer_whole(turn, request.ragflow, source_base(url, turn.number))
    return redirect(url)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def rename(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """The rename form, shown in place of the name (GET), and the new name (POST)."""
    owners.check(request, session_id)
    session = request.ragflow.sessions.get(assistant_id, session_id)
    form = SessionNameForm(request.POST if request.method == "POST" else None, initial={"name": session.name})
    if request.method == "POST" and form.is_valid():
        try:
            session = request.ragflow.sessions.rename(session, form.cleaned_data["name"])
        except errors.Rejected as error:
            form.add_error("name", error.message)
        else:
            if not request.htmx:
                return redirect(request.server.url("assistants:session", assistant_id, session_id))
            marks = owners.marks(request, [session])
            context = _named(assistant_id, session) | {"owner": marks.get(session_id, ""), "renamed": True}
            return render(request, "assistants/chat/_title.html", context)
    part = "#form" if request.htmx else ""
    status = 422 if form.errors else 200
    context = _named(assistant_id, session) | {"form": form}
    return render(request, f"assistants/manage/rename.html{part}", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def delete(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """Confirm, naming the session (GET), and delete it (POST)."""
    owners.check(request, session_id)
    chat_url = request.server.url("assistants:chat", assistant_id)
    try:
        session = request.ragflow.sessions.get(assistant_id, session_id)
    except errors.NotFound:
        messages.info(request, _("The session was already deleted"))
        return _go(request, chat_url)
    if request.method != "POST":
        return confirmation.ask(request, _confirmation(request, session))
    turn = turns.current(request.server, session_id)
    if turn and turn.status.open:
        relay.stop(turn)
    outcome = request.ragflow.sessions.delete([session])
    if outcome.failed:
        messages.error(request, _("Session not deleted"), outcome.message)
        return _go(request, request.server.url("assistants:session", assistant_id, session_id))
    owners.forget(request.server, outcome.deleted)
    records.forget_sessions(request.server, outcome.deleted)
    messages.success(request, _("Session “%(name)s” deleted") % {"name": visible(session.name)})
    return _go(request, chat_url)


def name_for(question: str) -> str:
    """The name of a session from its first question: the first line, cut between words."""
    line = " ".join(question.strip().splitlines()[0].split())
    if len(line) <= NAMED_AFTER:
        return line
    return line[:NAMED_AFTER].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _confirmation(request: DashboardRequest, session: Session) -> Confirmation:
    asked = sum(message.role == "user" for message in session.messages)
    return Confirmation(
        title=_("Delete this session?"),
        text=_("It will be deleted from the server %(server)s with its questions and answers. This can't be undone.")
        % {"server": request.server.name},
        things=[
            AffectedItem(visible(session.name), ngettext("%(n)d question", "%(n)d questions", asked) % {"n": asked})
        ],
        ids=[session.id],
        action=request.path,
        action_label=_("Delete session"),
        cancel_url=request.server.url("assistants:session", session.assistant_id, session.id),
        cancel_label=_("Keep it"),
    )


def _named(assistant_id: str, session: Session) -> dict[str, object]:
    return {"assistant_id": assistant_id, "session": session, "session_id": session.id}


def _go(request: DashboardRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
