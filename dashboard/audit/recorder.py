"""Writes the audit trail. The client calls this for every write, so that no view has to remember it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from dashboard import requestid
from dashboard.models import AuditEntry, Server
from dashboard.ragflow.types import WriteRecord

logger = logging.getLogger(__name__)


def recorder(
    server: Server, user: AbstractBaseUser | AnonymousUser | None, *, job: int | None = None
) -> Callable[[WriteRecord], None]:
    """A function for the client's ``on_write``: stores what was done on ``server`` on behalf of ``user``.

    ``job`` is the key of the job that does it.
    """
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
            job=job,
        )
        logger.info("%s %s %s: %s", write.action, write.target_type, ",".join(write.target_ids), write.outcome)

    return record


def record_found_done(
    server: Server,
    user: User | None,
    action: str,
    target: tuple[str, str],
    *,
    since: datetime,
    username: str,
    **detail: Any,
) -> None:
    """Store a write that was sent ``since`` then, and whose end nobody saw: a later look found it done.

    ``target`` is its id and name; what it is, the ``action`` says ("document.parse"). Nothing is stored when whoever
    sent it could still write it down.
    """
    target_id, name = target
    told = AuditEntry.objects.filter(server=server, action=action, at__gte=since, outcome=AuditEntry.Outcome.OK)
    # Which ids a line has, SQLite cannot be asked.
    if any(target_id in ids for ids in told.values_list("target_ids", flat=True)):
        return
    AuditEntry.objects.create(
        user=user,
        username=username,
        server=server,
        server_name=server.name,
        action=action,
        target_type=action.partition(".")[0],
        target_ids=[target_id],
        target_names=[name],
        detail=detail,
        outcome=AuditEntry.Outcome.FOUND,
        request_id=requestid.current.get(),
    )
    logger.info("%s %s: found done after an interruption", action, target_id)
