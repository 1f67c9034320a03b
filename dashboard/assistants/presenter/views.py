"""The presenter view: one assistant in large type on the whole screen, with prepared questions."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from dashboard.assistants.chat import conversation, owners, records, turns
from dashboard.assistants.chat.session_views import name_for
from dashboard.assistants.manage.forms import QuestionForm
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer


@require_GET
@viewer
def page(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """The stage. The browser keeps the prepared questions."""
    return render(request, "assistants/presenter/page.html", {"assistant": request.ragflow.chats.get(assistant_id)})


@require_POST
@viewer
def ask(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """Ask ``question`` in a new session; returns the place that the answer is written to."""
    form = QuestionForm(request.POST, thinks=False)
    if not form.is_valid():
        return HttpResponse(form.errors["question"][0], status=422, content_type="text/plain; charset=utf-8")
    question = form.cleaned_data["question"]
    assistant = request.ragflow.chats.get(assistant_id)
    session = request.ragflow.sessions.create(assistant, name_for(question), owners.name_for_ragflow(request.user))
    owners.remember(request, session)
    turn = turns.register(request.server, session, question)
    records.asked(request.server, turn, request.user)
    url = request.server.url("assistants:session", assistant_id, session.id)
    context = {
        "answer": conversation.of_turn(turn, url),
        "assistant_id": assistant_id,
        "session_id": session.id,
    }
    return render(request, "assistants/chat/_answer.html", context)
