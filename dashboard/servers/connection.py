"""Creates clients from ``Server`` rows."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from dashboard.audit.recorder import recorder
from dashboard.models import Server
from dashboard.ragflow import Limits, RAGFlow, Timeouts
from dashboard.ragflow.safety.writes import OnWrite

MB: Final = 1024 * 1024


def connect(server: Server, user: AbstractBaseUser | AnonymousUser | None) -> RAGFlow:
    """The client for ``server``, whose writes are audited on behalf of ``user``."""
    timeouts = Timeouts(
        connect=settings.RAGFLOW_CONNECT_TIMEOUT,
        read=settings.RAGFLOW_READ_TIMEOUT,
        whole=settings.RAGFLOW_ANSWER_TIMEOUT,
    )
    return client_for(server, timeouts, recorder(server, user))


def client_for(server: Server, timeouts: Timeouts, on_write: OnWrite | None = None) -> RAGFlow:
    """A client with the given timeouts. Writes are reported to ``on_write``; without it the client is read-only."""
    return RAGFlow(
        server.base_url,
        server.api_key,
        verify=server.verify,
        timeouts=timeouts,
        limits=Limits(json=settings.RAGFLOW_JSON_MAX_MB * MB, text=settings.RAGFLOW_TEXT_MAX_MB * MB),
        on_write=on_write,
    )
