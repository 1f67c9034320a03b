"""The chat page: sessions, conversation, sources."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.assistants.chat import conversation, owners, records, session_list, turns
from dashboard.assistants.chat.sources import Choice
from dashboard.assistants.manage.forms import QuestionForm
from dashboard.assistants.settings import typed
from dashboard.core.paging import PageRequest
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Assistant, Page, Session


@require_GET
@viewer
def chat(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """A new conversation. Its first question opens a session."""
    return chat_page(request, assistant_id)


@require_GET
@viewer
def session(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """A session, with the sources of one of its answers (``?answer=2&source=1&show=found``)."""
    owners.check(request, session_id)
    return session_page(request, assistant_id, session_id)


@require_GET
@viewer
def more_sessions(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """The next page of sessions (``?page=2&after=week``), to append to the list."""
    number = PageRequest.read(request.GET).number
    found = owners.visible_of(request, owners.reader(request, assistant_id, number)())
    listed = session_list.grouped(found, request.GET.get("after", ""), owners=owners.marks(request, found))
    context = {"sessions": listed, "assistant_id": assistant_id, "session_id": request.GET.get("session", "")}
    if request.htmx:
        return render(request, "assistants/chat/_sessions.html", context)
    return chat_page(request, assistant_id, found)


@require_GET
@viewer
def sources(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """Only the pane of an answer's sources."""
    owners.check(request, session_id)
    found = request.ragflow.sessions.get(assistant_id, session_id)
    url = request.server.url("assistants:session", assistant_id, session_id)
    choice = Choice.read(request.GET)
    thread = conversation.thread(found, turns.current(request.server, session_id), url)
    pane = conversation.pane_of(thread.answer(choice.answer), request.ragflow, request.server, url, choice)
    context = {"pane": pane, "assistant_id": assistant_id, "session_id": session_id}
    return render(request, "assistants/chat/_sources.html", context)


def chat_page(
    request: DashboardRequest,
    assistant_id: str,
    listed: Page[Session] | None = None,
    form: QuestionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a new conversation."""
    assistant, found = _surroundings(request, assistant_id, listed)
    context = _context(request, assistant, form) | {
        "sessions": session_list.grouped(found, owners=owners.marks(request, found)),
        "opener": conversation.opening(str(assistant.prompt.get("opener") or "")),
        "ask_url": request.server.url("assistants:session-new", assistant.id),
    }
    return render(request, "assistants/chat/chat.html", context, status=status)


def session_page(
    request: DashboardRequest, assistant_id: str, session_id: str, form: QuestionForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a session."""
    assistant, found = _surroundings(request, assistant_id, None)
    # The list contains complete sessions, so a recent one needs no call of its own.
    chosen = next((one for one in found.items if one.id == session_id), None)
    if chosen is None:
        chosen = request.ragflow.sessions.get(assistant_id, session_id)
    url = request.server.url("assistants:session", assistant_id, session_id)
    choice = Choice.read(request.GET)
    turn = turns.current(request.server, session_id)
    thread = conversation.thread(chosen, turn, url, records.ratings(request.server, session_id))
    marks = owners.marks(request, [*found, chosen])
    context = _context(request, assistant, form, turn) | {
        "sessions": session_list.grouped(found, asked={session_id: len(thread.exchanges)}, owners=marks),
        "session": chosen,
        "owner": marks.get(session_id, ""),
        "session_id": chosen.id,
        "opener": thread.opener,
        "thread": thread,
        "pane": conversation.pane_of(thread.answer(choice.answer), request.ragflow, request.server, url, choice),
        "pane_chosen": choice.answer is not None,
        "single_messages": request.ragflow.can("single messages"),
        "ask_url": request.server.url("assistants:ask", assistant_id, session_id),
    }
    return render(request, "assistants/chat/chat.html", context, status=status)


def _surroundings(
    request: DashboardRequest, assistant_id: str, listed: Page[Session] | None
) -> tuple[Assistant, Page[Session]]:
    ragflow = request.ragflow
    if listed is not None:
        return ragflow.chats.get(assistant_id), listed
    assistant, found = parallel(lambda: ragflow.chats.get(assistant_id), owners.reader(request, assistant_id))
    return assistant, owners.visible_of(request, found)


def _context(
    request: DashboardRequest, assistant: Assistant, form: QuestionForm | None, turn: turns.Turn | None = None
) -> dict[str, Any]:
    # Without datasets there is nothing to search, and RAGFlow ignores the mode.
    thinks = bool(assistant.dataset_ids) and request.ragflow.can("thinking modes")
    mode = (turn.thinking_mode or "") if turn else ""
    return {
        "assistant": assistant,
        "assistant_id": assistant.id,
        "variables": [
            (name, required, form.variables.get(name, "") if form else turn.variables.get(name, "") if turn else "")
            for name, required in typed.askable(assistant.prompt)
        ],
        "form": form or QuestionForm(thinks=thinks, initial={"thinking": mode}),
    }
