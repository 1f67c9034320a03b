"""What is done with one question and its answer: rate it, delete it, ask for further questions on its subject."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from dashboard.assistants.chat import owners, records, turns
from dashboard.assistants.chat.records import Rating
from dashboard.assistants.exchange.forms import RatingForm
from dashboard.audit.recorder import record_local
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.types import Session


@require_POST
@viewer
def rate(request: DashboardRequest, assistant_id: str, session_id: str, number: int) -> HttpResponse:
    """Keep a thumb (``good``: "1", "0", or "" to take it back) and a ``comment``.

    RAGFlow keeps it, too, where it can; it knows no way to take one back.
    """
    session, _question, answer = _exchange(request, assistant_id, session_id, number)
    form = RatingForm(request.POST)
    rating: Rating | None = None
    if form.is_valid():
        good, comment = form.cleaned_data["good"], form.cleaned_data["comment"]
        if good is not None:
            rating = Rating(good, comment)
        if good is not None and answer.id and request.ragflow.can("single messages"):
            request.ragflow.sessions.rate(session, answer.id, up=good, comment=comment)
        else:
            record_local("message.rate", (session.id, session.name), by=request.user, up=good)
        records.rate(request.server, session, number, good=good, comment=comment, by=request.user)
    else:
        rating = Rating(good=False, comment=request.POST.get("comment", ""))
    if not request.htmx:
        return redirect(f"{request.server.url('assistants:session', assistant_id, session_id)}#answer-{number}")
    context = {
        "number": number,
        "rating": rating,
        "errors": form.errors.get("comment"),
        "thanks": form.is_valid() and bool(form.cleaned_data["comment"]),
        "assistant_id": assistant_id,
        "session_id": session_id,
    }
    return render(request, "assistants/exchange/_rating.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def delete(request: DashboardRequest, assistant_id: str, session_id: str, number: int) -> HttpResponse:
    """Confirm, naming the question (GET), and delete it with its answer (POST)."""
    session, question, answer = _exchange(request, assistant_id, session_id, number)
    url = request.server.url("assistants:session", assistant_id, session_id)
    if not answer.id or not request.ragflow.can("single messages"):
        raise Http404(session_id)
    if request.method != "POST":
        return confirmation.ask(request, _confirmation(request, session, question, url))
    turn = turns.current(request.server, session_id)
    if turn and turn.status.open:
        messages.error(
            request, _("Not deleted"), _("An answer is being written. Wait until it is complete, or stop it.")
        )
    else:
        request.ragflow.sessions.delete_message(session, answer.id)
        records.forget(request.server, session_id, number)
        if turn:
            # It counts the questions as they were.
            turns.forget(turn)
        messages.success(request, _("Question and answer deleted"))
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@require_POST
@viewer
def related(request: DashboardRequest, assistant_id: str, session_id: str, number: int) -> HttpResponse:
    """Further questions on the subject of one, made up by the model: a fragment to add to the answer."""
    _session, question, _answer = _exchange(request, assistant_id, session_id, number)
    found = request.ragflow.sessions.related_questions(question.content)
    context = {"questions": found, "number": number, "assistant_id": assistant_id, "session_id": session_id}
    return render(request, "assistants/exchange/_related.html", context)


def _exchange(
    request: DashboardRequest, assistant_id: str, session_id: str, number: int
) -> tuple[Session, Message, Message]:
    owners.check(request, session_id)
    session = request.ragflow.sessions.get(assistant_id, session_id)
    try:
        return session, *records.exchange_of(session, number)
    except LookupError:
        raise Http404(session_id) from None


def _confirmation(request: DashboardRequest, session: Session, question: Message, url: str) -> Confirmation:
    return Confirmation(
        title=_("Delete this question and its answer?"),
        text=_("They will be deleted from the session on the server %(server)s. This can't be undone.")
        % {"server": request.server.name},
        things=[AffectedItem(visible(question.content[:200]), visible(session.name))],
        ids=[session.id],
        action=request.path,
        action_label=_("Delete question and answer"),
        cancel_url=url,
        cancel_label=_("Keep them"),
    )
