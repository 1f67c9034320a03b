"""A turn: one question to a session and what has come of it, shared by all our processes through the cache.

RAGFlow stores a turn only at its end (contract §16.2); until then, and for turns that had no regular end, this is the
only memory of it. One turn per session at a time: RAGFlow would mix up the history otherwise.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from django.core.cache import BaseCache, cache, caches

from dashboard.models import Server
from dashboard.ragflow.types import Session, Source

# Seconds. A turn that nobody begins to read expires.
WAITS: Final = 60
# A process that reads turns says every second that it lives; those of one that was not heard of for so long are lost.
ALIVE_FOR: Final = 6
SAYS_SO_EVERY: Final = 1.0
# How long a session stays booked and a wish to stop is remembered, at the longest.
BOOKED: Final = 60
KEPT: Final = 24 * 3600

_US: Final = secrets.token_urlsafe(9)


class Status(StrEnum):
    """Where a turn stands. ``LOST`` is what a running turn is whose reader died."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BROKEN = "broken"
    STOPPED = "stopped"
    LOST = "lost"

    @property
    def open(self) -> bool:
        return self in (Status.WAITING, Status.RUNNING)


@dataclass(frozen=True)
class Turn:
    """``number`` counts the session's questions from 1. ``session`` comes without its messages.

    ``thought_seconds`` and ``took_seconds`` are None until known; ``problem`` says what went wrong, in a sentence.
    ``reader`` is the process that reads it.
    """

    id: str
    key: str
    session: Session
    number: int
    question: str
    status: Status = Status.WAITING
    text: str = ""
    thinking: str = ""
    thought_seconds: float | None = None
    took_seconds: float | None = None
    sources: tuple[Source, ...] = ()
    problem: str = ""
    reader: str = ""
    created: float = field(default_factory=time.time)

    @property
    def stop_key(self) -> str:
        return f"{self.key}:{self.id}:stop"

    @property
    def _busy_key(self) -> str:
        return f"{self.key}:busy"


class Busy(Exception):
    """The session already has a question that is being answered."""


def register(server: Server, session: Session, question: str) -> Turn:
    """Book the session for this question. ``session`` as RAGFlow has it now. Raises Busy.

    Raises CacheDown when nobody can know whether the session is free.
    """
    turn = Turn(
        id=secrets.token_urlsafe(12),
        key=_key(server, session.id),
        session=replace(session, messages=()),
        number=sum(message.role == "user" for message in session.messages) + 1,
        question=question,
    )
    if not _locks().add(turn._busy_key, turn.id, WAITS):
        before = current(server, session.id)
        if before is None or before.status is not Status.LOST:
            raise Busy
        forget(before)
        if not _locks().add(turn._busy_key, turn.id, WAITS):
            raise Busy
    cache.set(turn.key, turn, KEPT)
    return turn


def current(server: Server, session_id: str) -> Turn | None:
    """The session's latest turn, if it is remembered; one that nobody cares for any more is lost."""
    turn: Turn | None = cache.get(_key(server, session_id))
    if turn is None or not turn.status.open:
        return turn
    if turn.status is Status.WAITING:
        gone = time.time() - turn.created > WAITS
    else:
        gone = cache.get(_alive_key(turn.reader)) is None
    return replace(turn, status=Status.LOST) if gone else turn


def surely_current(server: Server, session_id: str) -> Turn | None:
    """As ``current``; None means that there is none. Raises CacheDown when nobody can know."""
    turn = current(server, session_id)
    if turn is None:
        cache.add(f"{_key(server, session_id)}:nothing", 1, 1)
    return turn


def claim(turn: Turn) -> Turn | None:
    """Become the one who asks RAGFlow; None when somebody else already is. Raises CacheDown when nobody can know."""
    if turn.status is not Status.WAITING or not cache.add(f"{turn.key}:{turn.id}:claim", 1, KEPT):
        return None
    say_alive()
    return save(replace(turn, status=Status.RUNNING, reader=_this_process()))


def say_alive() -> None:
    """Tell the others that this process lives, and with it the turns that it reads."""
    cache.set(_alive_key(_this_process()), 1, ALIVE_FOR)


def save(turn: Turn) -> Turn:
    """Store how far the turn has come, and free the session when it has ended.

    Not when it was taken for lost meanwhile, and another question has its place.
    """
    booked_for = _locks().get(turn._busy_key)
    if booked_for is None:
        latest: Turn | None = cache.get(turn.key)
        booked_for = latest.id if latest else turn.id
    if booked_for != turn.id:
        return turn
    cache.set(turn.key, turn, KEPT)
    if turn.status.open:
        _locks().set(turn._busy_key, turn.id, BOOKED)
    else:
        _locks().delete(turn._busy_key)
    return turn


def forget(turn: Turn) -> None:
    """Free the session of a turn that was never asked."""
    cache.delete(turn.key)
    _locks().delete(turn._busy_key)


def ask_to_stop(turn: Turn) -> None:
    """Tell whichever process reads this turn to stop. Raises CacheDown when it cannot be told."""
    cache.add(turn.stop_key, 1, BOOKED)


def asked_to_stop(turns: Sequence[Turn]) -> set[str]:
    """The ids of those that are to stop."""
    found = cache.get_many([turn.stop_key for turn in turns])
    return {turn.id for turn in turns if turn.stop_key in found}


def _locks() -> BaseCache:
    """What decides that a session answers one question at a time also counts for another release beside this one."""
    return caches["shared"]


def _key(server: Server, session_id: str) -> str:
    return f"{server.cache_key}:turn:{session_id}"


def _this_process() -> str:
    # Processes may be forks of one that has read this module.
    return f"{_US}:{os.getpid()}"


def _alive_key(reader: str) -> str:
    return f"reader-of-turns:{reader}"
