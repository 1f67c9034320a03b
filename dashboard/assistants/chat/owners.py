"""Whose a session is: viewers see and change their own, curators and administrators all.

RAGFlow knows one API key and no people, so we remember who started a session. RAGFlow is told, too, so that it can list
one person's; what it lists counts only together with our own row, since whoever has the key could claim any name.
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
    """Whether the person may see and change everybody's sessions."""
    role = role_of(user)
    return role is not None and role >= Role.CURATOR


def check(request: DashboardRequest, session_id: str) -> None:
    """Raises Http404 when the session is not the person's to see: as if there were none."""
    mine = SessionOwner.objects.filter(server=request.server, session_id=session_id, user=request.user)
    if not sees_all(request.user) and not mine.exists():
        raise Http404(session_id)


def name_for_ragflow(user: User) -> str:
    """What RAGFlow keeps as the ``user_id`` of somebody's sessions; another dashboard on the same server has others."""
    return f"ragflow-admin-{user.pk}-{int(user.date_joined.timestamp())}"


def remember(request: DashboardRequest, session: Session) -> None:
    """The person of the request has started the session."""
    SessionOwner.objects.get_or_create(server=request.server, session_id=session.id, defaults={"user": request.user})


def forget(server: Server, sessions: Iterable[Session]) -> None:
    """The sessions are deleted."""
    SessionOwner.objects.filter(server=server, session_id__in=[session.id for session in sessions]).delete()


def listed_for(user: User) -> str:
    """The ``user_id`` to ask RAGFlow for a list of sessions with, "" for everybody's."""
    return "" if sees_all(user) else name_for_ragflow(user)


def visible_of(request: DashboardRequest, found: Page[Session]) -> Page[Session]:
    """The page with those of its sessions that the person may see."""
    if sees_all(request.user):
        return found
    ids = [session.id for session in found]
    rows = SessionOwner.objects.filter(server=request.server, user=request.user, session_id__in=ids)
    mine = set(rows.values_list("session_id", flat=True))
    return replace(found, items=tuple(session for session in found if session.id in mine))


def marks(request: DashboardRequest, sessions: Iterable[Session]) -> Mapping[str, str]:
    """For those who see all: whose the sessions of others are, by id, in words."""
    ids = [session.id for session in sessions]
    if not ids or not sees_all(request.user):
        return {}
    rows = SessionOwner.objects.filter(server=request.server, session_id__in=ids)
    names = dict(rows.values_list("session_id", "user__username"))
    marked = {session_id: names.get(session_id, _("started elsewhere")) for session_id in ids}
    return {session_id: name for session_id, name in marked.items() if name != request.user.get_username()}
