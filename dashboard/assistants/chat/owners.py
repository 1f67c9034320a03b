"""The owners of sessions: viewers see and change their own, curators and administrators all.

RAGFlow knows one API key and no users, so we store who started a session. RAGFlow 0.24 gets the owner too, so that it
can list the sessions of one user. Its list counts only together with our own row, since anyone with the key can claim
any name. Since 0.25, RAGFlow ignores the owner: a viewer's sessions are then read one by one, by the ids that we have
stored, so that nobody else's are even asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.core.access.rights import Role
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import role_in
from dashboard.models import Server, SessionOwner
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Page, Session

PAGE_SIZE: Final = 30
# Of sessions that are read one by one: two rounds of parallel calls.
ONE_BY_ONE: Final = 16
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def sees_all(request: DashboardRequest) -> bool:
    """Whether the user of the request may see and change everyone's sessions with the assistant."""
    role = role_in(request)
    return role is not None and role >= Role.CURATOR


def check(request: DashboardRequest, session_id: str) -> None:
    """Raise Http404 if the user may not see the session, as if it did not exist."""
    mine = SessionOwner.objects.filter(server=request.server, session_id=session_id, user=request.user)
    if not sees_all(request) and not mine.exists():
        raise Http404(session_id)


def name_for_ragflow(user: User) -> str:
    """The ``user_id`` of a user's sessions in RAGFlow; unique even if another dashboard uses the same server."""
    return f"ragflow-admin-{user.pk}-{int(user.date_joined.timestamp())}"


def remember(request: DashboardRequest, session: Session) -> None:
    """Record that the user of the request started the session."""
    SessionOwner.objects.get_or_create(
        server=request.server,
        session_id=session.id,
        defaults={
            "user": request.user,
            "username": request.user.get_username(),
            "assistant_id": session.assistant_id,
        },
    )


def asked(request: DashboardRequest, session: Session) -> None:
    """Record that a question is asked in the session, which sorts it first in a viewer's list.

    Whoever sees all sessions gets RAGFlow's own list: no write for them.
    """
    if sees_all(request):
        return
    rows = SessionOwner.objects.filter(server=request.server, session_id=session.id)
    rows.update(asked_at=timezone.now(), assistant_id=session.assistant_id)


def forget(server: Server, sessions: Iterable[Session]) -> None:
    """Remove the owners of deleted sessions."""
    SessionOwner.objects.filter(server=server, session_id__in=[session.id for session in sessions]).delete()


def reader(request: DashboardRequest, assistant_id: str, number: int = 1) -> Callable[[], Page[Session]]:
    """A function that reads a page of the assistant's sessions, latest first. It uses no database, only RAGFlow.

    Its result may contain sessions of others: pass it to ``visible_of``.
    """
    ragflow = request.ragflow
    if sees_all(request):
        return partial(ragflow.sessions.list, assistant_id, page=number, page_size=PAGE_SIZE)
    if ragflow.can("sessions of others"):
        mine = name_for_ragflow(request.user)
        return partial(ragflow.sessions.list, assistant_id, page=number, page_size=PAGE_SIZE, user_id=mine)
    rows = SessionOwner.objects.filter(Q(assistant_id=assistant_id) | Q(assistant_id=""), server=request.server)
    rows = rows.filter(user=request.user).order_by("-asked_at", "-pk")
    # One more than a page, to know whether there is another.
    first = (number - 1) * ONE_BY_ONE
    ids = tuple(rows.values_list("session_id", flat=True)[first : first + ONE_BY_ONE + 1])
    total = first + len(ids)
    return partial(_one_by_one, ragflow, assistant_id, ids[:ONE_BY_ONE], number, total)


def _one_by_one(ragflow: RAGFlow, assistant_id: str, ids: Sequence[str], number: int, total: int) -> Page[Session]:
    found = parallel(*(partial(look_up, ragflow, assistant_id, id) for id in ids))
    sessions = sorted(filter(None, found), key=lambda session: session.updated_at or _LONG_AGO, reverse=True)
    return Page(items=tuple(sessions), total=total, page=number, page_size=ONE_BY_ONE)


def look_up(ragflow: RAGFlow, assistant_id: str, id: str) -> Session | None:
    """The session; None if it was deleted elsewhere, or is one of another assistant."""
    try:
        return ragflow.sessions.get(assistant_id, id)
    except errors.NotFound:
        return None


def visible_of(request: DashboardRequest, found: Page[Session]) -> Page[Session]:
    """The page, reduced to the sessions that the user may see."""
    if sees_all(request):
        return found
    ids = [session.id for session in found]
    rows = SessionOwner.objects.filter(server=request.server, user=request.user, session_id__in=ids)
    mine = set(rows.values_list("session_id", flat=True))
    return replace(found, items=tuple(session for session in found if session.id in mine))


def marks(request: DashboardRequest, sessions: Iterable[Session]) -> Mapping[str, str]:
    """Owner labels of other users' sessions by id, for users who see all sessions; otherwise empty."""
    ids = [session.id for session in sessions]
    if not ids or not sees_all(request):
        return {}
    rows = SessionOwner.objects.filter(server=request.server, session_id__in=ids)
    # The copied name only counts once the user is deleted. Another user may have the same name by then.
    names = {
        id: (pk, name or kept)
        for id, pk, name, kept in rows.values_list("session_id", "user", "user__username", "username")
    }
    marked = {id: names.get(id, (None, _("started elsewhere"))) for id in ids}
    return {id: name for id, (pk, name) in marked.items() if pk != request.user.pk}
