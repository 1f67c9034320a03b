"""Scratch assistants: created to try settings, removed as soon as they have answered, also if a process dies."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.jobs import leases
from dashboard.models import Server, Trial
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.types import Assistant
from dashboard.servers.connection import connect_unattended

logger = logging.getLogger(__name__)

# A trial is over long before that; what is still there belongs to a process that died.
EXPIRES: Final = timedelta(minutes=6)
TRY_AGAIN: Final = timedelta(minutes=2)
AT_A_TIME: Final = 3


class TooMany(Exception):
    """The user has too many trials that are not over."""


@contextmanager
def assistant(ragflow: RAGFlow, server: Server, user: User, settings: Mapping[str, Any]) -> Iterator[Assistant]:
    """An assistant with these settings (of ``chats.create``), removed at the end.

    Raises TooMany, and what ``chats.create`` raises.
    """
    now = timezone.now()
    if Trial.objects.filter(server=server, user=user, expires_at__gt=now).count() >= AT_A_TIME:
        raise TooMany
    # The language of RAGFlow's other users is not known, so it is English.
    name = f"Trial {secrets.token_hex(6)} (temporary, deleted automatically)"
    trial = Trial.objects.create(server=server, user=user, name=name, expires_at=now + EXPIRES)
    try:
        made = ragflow.chats.create(**{**settings, "name": name})
    except errors.RAGFlowError as error:
        if not error.maybe_done:
            trial.delete()
        raise
    try:
        yield made
    finally:
        _remove(ragflow, trial, made)


def names(server: Server) -> frozenset[str]:
    """The names of the server's scratch assistants, which no list shows."""
    return frozenset(Trial.objects.filter(server=server).values_list("name", flat=True))


def due() -> Sequence[int]:
    """The primary keys of the trials that nobody removed."""
    return list(Trial.objects.filter(expires_at__lte=timezone.now()).values_list("pk", flat=True)[:20])


@leases.row_task
def remove_trial(pk: int) -> None:
    """Remove a scratch assistant that was left behind. If RAGFlow can't be reached, it is tried again later."""
    trial = Trial.objects.select_related("server").filter(pk=pk).first()
    if trial is None or not _claimed(trial, timezone.now()):
        return
    ragflow = connect_unattended(trial.server)
    try:
        left = ragflow.chats.named(trial.name)
    except errors.RAGFlowError as error:
        logger.warning("Trial %s not looked up: %s", trial.name, error.message)
        return
    if left is None:
        trial.delete()
    else:
        _remove(ragflow, trial, left)


def _claimed(trial: Trial, now: datetime) -> bool:
    """Whether this worker is the one that removes it, until it is due again."""
    return Trial.objects.filter(pk=trial.pk, expires_at__lte=now).update(expires_at=now + TRY_AGAIN) == 1


def _remove(ragflow: RAGFlow, trial: Trial, made: Assistant) -> None:
    try:
        outcome = ragflow.chats.delete([made])
    except errors.NotFound:
        trial.delete()
    except errors.RAGFlowError as error:
        logger.warning("Trial %s not removed: %s", trial.name, error.message)
        Trial.objects.filter(pk=trial.pk).update(expires_at=timezone.now() + TRY_AGAIN)
    else:
        if not outcome.failed:
            trial.delete()
