"""From a ``Server`` row to a client."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from dashboard.audit.recorder import recorder
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, Timeouts


def connect(server: Server, user: AbstractBaseUser | AnonymousUser | None) -> RAGFlow:
    """The client for ``server``; what it writes is audited as done by ``user``."""
    return RAGFlow(
        server.base_url,
        server.api_key,
        verify=server.verify_tls,
        timeouts=Timeouts(connect=settings.RAGFLOW_CONNECT_TIMEOUT, read=settings.RAGFLOW_READ_TIMEOUT),
        on_write=recorder(server, user),
    )
