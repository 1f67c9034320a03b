"""Writes the audit trail. The client calls this for every write, so that no view has to remember it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from dashboard import requestid
from dashboard.models import AuditEntry, Server
from dashboard.ragflow.types import WriteRecord

logger = logging.getLogger(__name__)


def recorder(server: Server, user: AbstractBaseUser | AnonymousUser | None) -> Callable[[WriteRecord], None]:
    """A function for the client's ``on_write``: stores what was done on ``server`` on behalf of ``user``."""
    person = user if isinstance(user, User) else None

    def record(write: WriteRecord) -> None:
        AuditEntry.objects.create(
            user=person,
            username=person.get_username() if person else "",
            server=server,
            server_name=server.name,
            action=write.action,
            target_type=write.target_type,
            target_ids=list(write.target_ids),
            target_names=list(write.target_names),
            detail=dict(write.detail),
            outcome=write.outcome,
            error=write.error,
            elapsed_ms=int(write.elapsed_ms),
            request_id=requestid.current.get(),
        )
        logger.info("%s %s %s: %s", write.action, write.target_type, ",".join(write.target_ids), write.outcome)

    return record
