"""The owners of sessions: viewers see and change their own, curators and administrators all.

RAGFlow knows one API key and no users, so we store who started a session. RAGFlow gets the owner too, so that it can
list the sessions of one user. Its list counts only together with our own row, since anyone with the key can claim
any name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.contrib.auth.models import User
from django.http import Http404
from django.utils.translation import gettext as _

from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import Role, role_of
from dashboard.models import Server, SessionOwner
from dashboard.ragflow.types import Page, Session


def sees_all(user: User) -> bool:
    """Whether the user may see and change everyone's sessions."""
    role = role_of(user)
    return role is not None and role >= Role.CURATOR


def check(request: DashboardRequest, session_id: str) -> None:
    """Raise Http404 if the user may not see the session, as if it did not exist."""
    mine = SessionOwner.objects.filter(server=request.server, session_id=session_id, user=request.user)
    if not sees_all(request.user) and not mine.exists():
        raise Http404(session_id)


def name_for_ragflow(user: User) -> str:
    """The ``user_id`` of a user's sessions in RAGFlow; unique even if another dashboard uses the same server."""
    return f"ragflow-admin-{user.pk}-{int(user.date_joined.timestamp())}"


def remember(request: DashboardRequest, session: Session) -> None:
    """Record that the user of the request started the session."""
    owner = {"user": request.user, "username": request.user.get_username()}
    SessionOwner.objects.get_or_create(server=request.server, session_id=session.id, defaults=owner)


def forget(server: Server, sessions: Iterable[Session]) -> None:
    """Remove the owners of deleted sessions."""
    SessionOwner.objects.filter(server=server, session_id__in=[session.id for session in sessions]).delete()


def listed_for(user: User) -> str:
    """The ``user_id`` to list sessions for; "" for everyone's."""
    return "" if sees_all(user) else name_for_ragflow(user)


def visible_of(request: DashboardRequest, found: Page[Session]) -> Page[Session]:
    """The page, reduced to the sessions that the user may see."""
    if sees_all(request.user):
        return found
    ids = [session.id for session in found]
    rows = SessionOwner.objects.filter(server=request.server, user=request.user, session_id__in=ids)
    mine = set(rows.values_list("session_id", flat=True))
    return replace(found, items=tuple(session for session in found if session.id in mine))


def marks(request: DashboardRequest, sessions: Iterable[Session]) -> Mapping[str, str]:
    """Owner labels of other users' sessions by id, for users who see all sessions; otherwise empty."""
    ids = [session.id for session in sessions]
    if not ids or not sees_all(request.user):
        return {}
    rows = SessionOwner.objects.filter(server=request.server, session_id__in=ids)
    # The copied name only counts once the user is deleted. Another user may have the same name by then.
    names = {
        id: (pk, name or kept)
        for id, pk, name, kept in rows.values_list("session_id", "user", "user__username", "username")
    }
    marked = {id: names.get(id, (None, _("started elsewhere"))) for id in ids}
    return {id: name for id, (pk, name) in marked.items() if pk != request.user.pk}
