"""A turn: one question to a session and what has come of it, shared by all our processes through the cache.

RAGFlow stores a turn only at its end (contract §16.2); until then, and for turns that had no regular end, this is the
only memory of it. One turn per session at a time: RAGFlow would mix up the history otherwise.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from django.core.cache import BaseCache, cache, caches

from dashboard.models import Server
from dashboard.ragflow.types import Session, Source

# Seconds. A turn that nobody begins to read expires; one whose reader is not heard from any more is lost.
WAITS: Final = 60
SILENT: Final = 60
KEPT: Final = 24 * 3600


class Status(StrEnum):
    """Where a turn stands. ``LOST`` is never stored: it is what a running turn is whose reader died."""

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
    created: float = field(default_factory=time.time)
    beat: float = field(default_factory=time.time)

    def seen(self) -> Turn:
        """The turn as it must be understood now: one that is no longer cared for is lost."""
        age = time.time() - self.beat
        gone = (self.status is Status.WAITING and age > WAITS) or (self.status is Status.RUNNING and age > SILENT)
        return replace(self, status=Status.LOST) if gone else self

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
        raise Busy
    cache.set(turn.key, turn, KEPT)
    return turn


def current(server: Server, session_id: str) -> Turn | None:
    """The session's latest turn, if it is remembered."""
    turn: Turn | None = cache.get(_key(server, session_id))
    return turn.seen() if turn else None


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
    return save(replace(turn, status=Status.RUNNING))


def save(turn: Turn) -> Turn:
    """Store how far the turn has come, and say that somebody still cares for it."""
    turn = replace(turn, beat=time.time())
    cache.set(turn.key, turn, KEPT)
    if turn.status.open:
        _locks().set(turn._busy_key, turn.id, SILENT)
    return turn


def finish(turn: Turn) -> Turn:
    """Store the turn as it ended and free the session for the next question."""
    turn = save(turn)
    _locks().delete(turn._busy_key)
    return turn


def forget(turn: Turn) -> None:
    """Free the session of a turn that was never asked."""
    cache.delete(turn.key)
    _locks().delete(turn._busy_key)


def ask_to_stop(turn: Turn) -> None:
    """Tell whichever process reads this turn to stop. Raises CacheDown when it cannot be told."""
    cache.add(turn.stop_key, 1, SILENT)


def asked_to_stop(turns: Sequence[Turn]) -> set[str]:
    """The ids of those that are to stop."""
    found = cache.get_many([turn.stop_key for turn in turns])
    return {turn.id for turn in turns if turn.stop_key in found}


def _locks() -> BaseCache:
    """What decides that a session answers one question at a time also counts for another release beside this one."""
    return caches["shared"]


def _key(server: Server, session_id: str) -> str:
    return f"{server.cache_key}:turn:{session_id}"
