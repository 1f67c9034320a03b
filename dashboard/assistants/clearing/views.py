"""Delete several sessions of an assistant at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from dashboard.assistants.chat import owners, records, turns
from dashboard.assistants.stream import relay
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.paging import PageRequest
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Session

# As many as a page of the list has.
AT_ONCE: Final = owners.PAGE_SIZE


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def delete(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """Choose sessions (GET), confirm, listing them (GET ``?id=…&id=…``), and delete them (POST)."""
    given = request.POST if request.method == "POST" else request.GET
    ids = tuple(dict.fromkeys(id for id in given.getlist("id") if id))[:AT_ONCE]
    if not ids:
        if request.method == "POST":
            messages.warning(request, _("Nothing deleted"), _("Select the sessions first."))
        return _choose(request, assistant_id)
    for id in ids:
        owners.check(request, id)
    found = parallel(*(partial(owners.look_up, request.ragflow, assistant_id, id) for id in ids))
    chosen = tuple(one for one in found if one is not None)
    back = request.server.url("assistants:sessions-delete", assistant_id)
    if not chosen:
        messages.info(request, _("Already deleted"))
        return redirect(back)
    if request.method != "POST":
        return confirmation.ask(request, _confirmation(request, chosen, back))
    for session in chosen:
        turn = turns.current(request.server, session.id)
        if turn and turn.status.open:
            relay.stop(turn)
    outcome = request.ragflow.sessions.delete(chosen)
    owners.forget(request.server, outcome.deleted)
    records.forget_sessions(request.server, outcome.deleted)
    if outcome.deleted:
        done = ngettext("%(n)s session deleted", "%(n)s sessions deleted", len(outcome.deleted))
        messages.success(request, done % {"n": count(len(outcome.deleted))})
    if outcome.failed:
        left = ngettext("%(n)s session not deleted", "%(n)s sessions not deleted", len(outcome.failed))
        messages.error(request, left % {"n": count(len(outcome.failed))}, outcome.message)
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def _choose(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    number = PageRequest.read(request.GET).number
    assistant, read = parallel(
        lambda: request.ragflow.chats.get(assistant_id), owners.reader(request, assistant_id, number)
    )
    found = owners.visible_of(request, read)
    marks = owners.marks(request, found)
    context = {
        "assistant": assistant,
        "sessions": [(one, marks.get(one.id, ""), _asked(one)) for one in found],
        "number": number,
        "next": number + 1 if read.has_next else None,
    }
    return render(request, "assistants/clearing/page.html", context)


def _asked(session: Session) -> int:
    return sum(message.role == "user" for message in session.messages)


def _confirmation(request: DashboardRequest, chosen: Sequence[Session], back: str) -> Confirmation:
    number = len(chosen)
    return Confirmation(
        title=ngettext("Delete this session?", "Delete %(n)s sessions?", number) % {"n": count(number)},
        text=ngettext(
            "It will be deleted from the server %(server)s with its questions and answers. This can't be undone.",
            "They will be deleted from the server %(server)s with their questions and answers. This can't be undone.",
            number,
        )
        % {"server": request.server.name},
        things=[
            AffectedItem(
                visible(one.name), ngettext("%(n)d question", "%(n)d questions", _asked(one)) % {"n": _asked(one)}
            )
            for one in chosen
        ],
        ids=[one.id for one in chosen],
        action=request.path,
        action_label=ngettext("Delete session", "Delete %(n)s sessions", number) % {"n": count(number)},
        cancel_url=back,
        cancel_label=ngettext("Keep it", "Keep them", number),
    )
