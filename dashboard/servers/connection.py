"""Creates clients from ``Server`` rows, with the rights of the person for whom they work."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from dashboard.audit.recorder import recorder
from dashboard.core.access.rights import NOTHING, rights_of
from dashboard.models import Server
from dashboard.ragflow import Limits, RAGFlow, Timeouts
from dashboard.ragflow.reach.reach import EVERYTHING, Reach
from dashboard.ragflow.safety.writes import OnWrite

MB: Final = 1024 * 1024


def connect(server: Server, user: AbstractBaseUser | AnonymousUser | None) -> RAGFlow:
    """The client for ``server`` that reaches what ``user`` may now, and whose writes are audited on their behalf."""
    return client_for(server, _patient(), recorder(server, user), reach_of(server, user))


def connect_unattended(server: Server) -> RAGFlow:
    """The client with which the dashboard itself looks after a server, reaching everything on nobody's behalf."""
    return client_for(server, _patient(), recorder(server, None))


def _patient() -> Timeouts:
    return Timeouts(
        connect=settings.RAGFLOW_CONNECT_TIMEOUT,
        read=settings.RAGFLOW_READ_TIMEOUT,
        whole=settings.RAGFLOW_ANSWER_TIMEOUT,
    )


def reach_of(server: Server, user: AbstractBaseUser | AnonymousUser | None) -> Reach:
    """What the user may reach on the server now; nothing for nobody and for a disabled account."""
    return (rights_of(user).on(server) or NOTHING).reach


def client_for(
    server: Server, timeouts: Timeouts, on_write: OnWrite | None = None, reach: Reach = EVERYTHING
) -> RAGFlow:
    """A client with the given timeouts. Writes are reported to ``on_write``; without it the client is read-only."""
    return RAGFlow(
        server.base_url,
        server.api_key,
        verify=server.verify,
        timeouts=timeouts,
        limits=Limits(json=settings.RAGFLOW_JSON_MAX_MB * MB, text=settings.RAGFLOW_TEXT_MAX_MB * MB),
        on_write=on_write,
        reach=reach,
    )
