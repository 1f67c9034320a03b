"""Export a session."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from dashboard.assistants.chat import conversation, owners
from dashboard.assistants.transcript import transcript
from dashboard.core.formatting import visible
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow import parallel


@require_GET
@viewer
def export(request: DashboardRequest, assistant_id: str, session_id: str) -> HttpResponse:
    """The session as a file (``?as=json``, else Markdown), or as a page to print (``?as=print``)."""
    owners.check(request, session_id)
    ragflow = request.ragflow
    assistant, session = parallel(
        lambda: ragflow.chats.get(assistant_id), lambda: ragflow.sessions.get(assistant_id, session_id)
    )
    match request.GET.get("as", "markdown"):
        case "markdown":
            response = HttpResponse(
                transcript.as_markdown(assistant, session), content_type="text/markdown; charset=utf-8"
            )
            response["Content-Disposition"] = _named(f"{session.name}.md")
        case "json":
            text = json.dumps(transcript.as_json(assistant, session), ensure_ascii=False, indent=2)
            response = HttpResponse(text, content_type="application/json")
            response["Content-Disposition"] = _named(f"{session.name}.json")
        case "print":
            url = request.server.url("assistants:session", assistant_id, session_id)
            thread = conversation.thread(session, None, url)
            context = {"assistant": assistant, "session": session, "thread": thread, "session_url": url}
            response = render(request, "assistants/transcript/print.html", context)
        case _:
            raise Http404("as=markdown, json or print")
    return response


def _named(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=visible(name)) or "attachment"
