"""Records what administrators change in the dashboard itself, such as servers. Writes to RAGFlow: ``recorder``."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.models import User

from dashboard.core.web import request_id
from dashboard.models import AuditEntry, Server

logger = logging.getLogger(__name__)


def record(user: User, action: str, target: tuple[str, str], *, server: Server | None = None, **detail: Any) -> None:
    """Record a change that was just made, in the same transaction.

    ``action`` is such as "server.update"; its first word is the kind of the target, which is given as (id, name).
    ``server``: the server that it is about, unless that is being deleted. ``detail`` never holds a secret.
    """
    target_id, name = target
    AuditEntry.objects.create(
        user=user,
        username=user.get_username(),
        server=server,
        server_name=server.name if server else "",
        action=action,
        target_type=action.partition(".")[0],
        target_ids=[target_id],
        target_names=[name],
        detail=detail,
        outcome=AuditEntry.Outcome.OK,
        request_id=request_id.current.get(),
    )
    logger.info("%s %s by %s: %s", action, target_id, user.get_username(), detail)
