"""The page of a share link: ask, follow the answer, and the visitor's own sessions."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.hashers import check_password
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.assistants.answers.markdown import Rendered
from dashboard.assistants.chat import conversation, records, turns
from dashboard.assistants.chat.sources import source_base
from dashboard.assistants.chat.turns import Turn
from dashboard.assistants.stream import protocol, relay
from dashboard.models import ShareSession
from dashboard.sharing import links
from dashboard.sharing.public import exchanges, limits
from dashboard.sharing.public.forms import VisitorQuestionForm
from dashboard.sharing.public.visits import Visit, password_proof, visited

SESSIONS_SHOWN = 30


@require_GET
@visited
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A new conversation."""
    return _page(request, visit)


@require_GET
@visited
def session(request: HttpRequest, visit: Visit, number: int) -> HttpResponse:
    """A session of the visitor."""
    return _page(request, visit, _own(visit, number))


@require_POST
@visited
def password(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Let the visitor in."""
    if not limits.may_try_password(request, visit.link):
        return _page(request, visit, error=_("Too many attempts. Try again in 15 minutes."), status=429)
    if not check_password(request.POST.get("password", ""), visit.link.password):
        return _page(request, visit, error=_("This password is wrong."), status=422)
    visit.proof = password_proof(visit.link)
    return redirect(links.address(visit.link))


@require_POST
@visited
def ask(request: HttpRequest, visit: Visit, number: int | None = None) -> HttpResponse:
    """Ask ``question``, in a new session unless ``number`` names one, and go to its page, which streams the answer."""
    own = _own(visit, number) if number is not None else None
    if not visit.is_let_in:
        return _page(request, visit)
    form = VisitorQuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, own, str(form.errors["question"][0]), status=422)
    link, question = visit.link, form.cleaned_data["question"]
    busy = _("The previous answer is still being written. Wait until it is done.")
    running = turns.surely_current(link.server, own.session_id) if own else None
    if running and running.status.open:
        return _page(request, visit, own, busy, status=409)
    if not limits.may_ask(request, link, visit.visitor):
        return _page(request, visit, own, _("That is too many questions for now. Try again later."), status=429)
    if not limits.take(link):
        return _page(request, visit, own, _("This link has no questions left."), status=429)
    ragflow = links.client_of(link)
    if own:
        opened = ragflow.sessions.get(link.assistant_id, own.session_id)
    else:
        name = " ".join(question.split())[:60]
        opened = ragflow.sessions.create(ragflow.chats.get(link.assistant_id), name, f"ragflow-admin-share-{link.pk}")
        own = ShareSession.objects.create(link=link, session_id=opened.id, visitor=visit.visitor, name=name)
    try:
        turn = turns.register(link.server, opened, question)
    except turns.Busy:
        return _page(request, visit, own, busy, status=409)
    records.asked(link.server, turn, None, _("visitor"))
    relay.begin(turn, ragflow, source_base(_url(own), turn.number))
    return redirect(_url(own))


@require_GET
@visited
def stream(request: HttpRequest, visit: Visit, number: int, turn_id: str) -> HttpResponseBase:
    """The answer as an event stream (see ``stream.protocol``)."""
    own = _own(visit, number)
    if not visit.is_let_in:
        raise Http404
    server = visit.link.server
    turn = turns.surely_current(server, own.session_id)
    if turn is None or turn.id != turn_id:
        events: Iterator[bytes] = iter([protocol.end(turns.Status.LOST, "", "", "")])
    else:

        def ending(ended: Turn, rendered: Rendered | None) -> bytes:
            answer = conversation.of_turn(ended, _url(own), rendered)
            context = {"answer": exchanges.shown(own, answer)}
            return protocol.end(ended.status, render_to_string("sharing/public/_answer.html", context), "", answer.said)

        base = source_base(_url(own), turn.number)
        events = map(_without_reasoning, relay.stream(turn, links.client_of(visit.link), server, base, ending))
    response = StreamingHttpResponse(events, content_type=protocol.CONTENT_TYPE)
    response["X-Accel-Buffering"] = "no"
    return response


def _without_reasoning(events: bytes) -> bytes:
    """Whole events without the model's reasoning, which may quote what the link does not show."""
    reasoning = (b"event:think", b"event:thought")
    kept = [event for event in events.split(b"\n\n") if event and not event.startswith(reasoning)]
    return b"".join(event + b"\n\n" for event in kept) or protocol.KEEPALIVE


def _own(visit: Visit, number: int) -> ShareSession:
    """The visitor's session of this link. Raises Http404 for everybody else's."""
    found = ShareSession.objects.filter(pk=number, link=visit.link, visitor=visit.visitor).first()
    if found is None:
        raise Http404
    found.link = visit.link
    return found


def _url(own: ShareSession) -> str:
    return reverse("share:session", args=[links.token(own.link), own.pk])


def _page(
    request: HttpRequest, visit: Visit, own: ShareSession | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    token = links.token(visit.link)
    context = {"visit": visit, "link": visit.link, "error": error, "token": token, "own": own}
    if not visit.is_let_in:
        return render(request, "sharing/public/password.html", context, status=status)
    thread = None
    if own:
        found = links.client_of(visit.link).sessions.get(visit.link.assistant_id, own.session_id)
        thread = conversation.thread(found, turns.current(visit.link.server, own.session_id), _url(own))
    context |= {
        "welcome": conversation.opening(visit.link.welcome),
        "exchanges": [
            (one.question, exchanges.shown(own, one.answer) if one.answer else None)
            for one in (thread.exchanges if thread else ())
            if own
        ],
        "sessions": ShareSession.objects.filter(link=visit.link, visitor=visit.visitor)[:SESSIONS_SHOWN],
        "question": request.POST.get("question", "") if error else "",
    }
    return render(request, "sharing/public/page.html", context, status=status)
