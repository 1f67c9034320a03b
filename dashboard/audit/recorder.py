"""Writes the audit trail. The client calls it for every write, so views cannot forget to."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import DatabaseError, connection
from django.forms import model_to_dict
from django.utils import timezone

from dashboard.core.web import request_id
from dashboard.core.web.outages import outage_of
from dashboard.models import AuditEntry, Server
from dashboard.ragflow.types import WriteRecord

logger = logging.getLogger(__name__)

# Entries that could not be written while the database was down or its disk full. One list per process, written with
# the next entry.
_waiting: Final[deque[AuditEntry]] = deque(maxlen=10_000)


def recorder(
    server: Server, user: AbstractBaseUser | AnonymousUser | None, *, username: str = "", job: int | None = None
) -> Callable[[WriteRecord], None]:
    """A function for the client's ``on_write`` that records writes to ``server`` on behalf of ``user``.

    RAGFlow has already carried out the write. An entry that our database cannot take is logged now and stored later.
    ``job`` is the primary key of the job that makes the write, ``username`` that of its user, who may be deleted.
    """
    person = user if isinstance(user, User) else None

    def record(write: WriteRecord) -> None:
        entry = AuditEntry(
            user=person,
            username=person.get_username() if person else username,
            server=server,
            server_name=server.name,
            action=write.action,
            target_type=write.target_type,
            target_ids=list(write.target_ids),
            target_names=list(write.target_names),
            detail=dict(write.detail),
            dataset_id=_dataset_of(write.target_type, write.target_ids, write.detail),
            outcome=write.outcome,
            error=write.error,
            elapsed_ms=int(write.elapsed_ms),
            request_id=request_id.current.get(),
            job=job,
        )
        _store(entry)
        logger.info("%s %s %s: %s", write.action, write.target_type, ",".join(write.target_ids), write.outcome)

    return record


def record_local(
    action: str,
    target: tuple[str, str],
    *,
    by: AbstractBaseUser | AnonymousUser | None,
    username: str = "",
    failed: bool = False,
    **detail: Any,
) -> None:
    """Record a write to our own data, such as "person.disable", or a sign-in.

    ``target`` is an id and a name; its kind follows from the ``action``. ``username`` is what somebody who is not
    signed in calls themselves. ``detail`` must be JSON-serialisable and hold no password and no token.
    """
    person = by if isinstance(by, User) else None
    target_id, name = target
    _store(
        AuditEntry(
            user=person,
            username=person.get_username() if person else username,
            action=action,
            target_type=action.partition(".")[0],
            target_ids=[target_id] if target_id else [],
            target_names=[name],
            detail=detail,
            outcome=AuditEntry.Outcome.FAILED if failed else AuditEntry.Outcome.OK,
            request_id=request_id.current.get(),
        )
    )
    logger.info("%s %s: %s", action, target_id, "failed" if failed else "done")


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
    """Record a write sent ``since`` then whose outcome was only found out later, after an interruption.

    ``target`` is an id and a name; its kind follows from the ``action`` ("document.parse"). Nothing is recorded if the
    process that sent the write has recorded it.
    """
    target_id, name = target
    told = AuditEntry.objects.filter(server=server, action=action, at__gte=since, outcome=AuditEntry.Outcome.OK)
    # SQLite cannot filter by the ids inside an entry.
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
        dataset_id=_dataset_of(action.partition(".")[0], [target_id], detail),
        outcome=AuditEntry.Outcome.FOUND,
        request_id=request_id.current.get(),
    )
    logger.info("%s %s: found done after an interruption", action, target_id)


def _dataset_of(target_type: str, target_ids: Sequence[str], detail: Mapping[str, Any]) -> str:
    """The dataset of a write; "" for a write on several of them, or on something else."""
    if target_type == "dataset":
        return target_ids[0] if len(target_ids) == 1 else ""
    return str(detail.get("dataset_id", ""))


def _store(entry: AuditEntry) -> None:
    try:
        entry.save()
    except DatabaseError as error:
        if connection.in_atomic_block or outage_of(error) is None:
            raise
        entry.at = timezone.now()
        _waiting.append(entry)
        logger.error("Audit entry not stored yet (%s): %s", error, _in_words(entry))
        return
    _store_waiting()


def _store_waiting() -> None:
    """Store the entries that could not be stored before, with their original time."""
    while _waiting:
        entry = _waiting.popleft()
        done_at = entry.at
        try:
            entry.save()
        except DatabaseError as error:
            if outage_of(error) is not None:
                _waiting.appendleft(entry)
                return
            logger.exception("Audit entry lost: %s", _in_words(entry))
        else:
            AuditEntry.objects.filter(pk=entry.pk).update(at=done_at)


def _in_words(entry: AuditEntry) -> str:
    known = model_to_dict(entry, exclude=("id", "user", "server")) | {"at": entry.at}
    return json.dumps(known, default=str, ensure_ascii=False)
