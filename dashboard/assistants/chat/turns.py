"""A turn: one question to a session and its answer so far, shared by all our processes through the cache.

RAGFlow stores a turn only when it is complete (contract §16.2). Until then, and for turns that did not complete, this
is the only record. A session has one turn at a time, because RAGFlow would mix up the history otherwise.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.core.cache import BaseCache, cache, caches

from dashboard.models import Server
from dashboard.ragflow.releases.offers import ThinkingMode
from dashboard.ragflow.types import Session, Source

# Seconds after which a turn that no process reads expires.
WAITS: Final = 60
# A process that reads turns sends a heartbeat every second; without one for this long, its turns are lost.
ALIVE_FOR: Final = 6
HEARTBEAT_EVERY: Final = 1.0
# Seconds that a session stays locked, and that a request to stop is kept, at most.
BOOKED: Final = 60
KEPT: Final = 24 * 3600

_US: Final = secrets.token_urlsafe(9)


class Status(StrEnum):
    """The state of a turn. A running turn is ``LOST`` if its reader died."""

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
    """One question and its answer. ``number`` counts the session's questions from 1; ``session`` has no messages.

    ``thought_seconds`` and ``took_seconds`` are None until known. ``problem`` is a sentence on what went wrong.
    ``reader`` is the process that reads the answer. ``thinking_mode`` is how hard the model was asked to think,
    ``variables`` what was typed for those of the prompt.
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
    thinking_mode: ThinkingMode | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def stop_key(self) -> str:
        return f"{self.key}:{self.id}:stop"

    @property
    def _busy_key(self) -> str:
        return f"{self.key}:busy"


class Busy(Exception):
    """A question of this session is still being answered."""


def register(
    server: Server,
    session: Session,
    question: str,
    thinking_mode: ThinkingMode | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Turn:
    """Lock the session for this question. ``session`` must be up to date. Raises Busy.

    Raises CacheDown if it can't be known whether the session is free.
    """
    turn = Turn(
        id=secrets.token_urlsafe(12),
        key=_key(server, session.id),
        session=replace(session, messages=()),
        number=sum(message.role == "user" for message in session.messages) + 1,
        question=question,
        thinking_mode=thinking_mode,
        variables=dict(variables),
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
    """The session's latest turn, if there is a record; LOST if no process reads it any more."""
    turn: Turn | None = cache.get(_key(server, session_id))
    if turn is None or not turn.status.open:
        return turn
    if turn.status is Status.WAITING:
        gone = time.time() - turn.created > WAITS
    else:
        gone = cache.get(_alive_key(turn.reader)) is None
    return replace(turn, status=Status.LOST) if gone else turn


def surely_current(server: Server, session_id: str) -> Turn | None:
    """Like ``current``, but None means for certain that there is none. Raises CacheDown if that can't be known."""
    turn = current(server, session_id)
    if turn is None:
        cache.add(f"{_key(server, session_id)}:nothing", 1, 1)
    return turn


def claim(turn: Turn) -> Turn | None:
    """Become the process that asks RAGFlow; None if another one does. Raises CacheDown if that can't be known."""
    if turn.status is not Status.WAITING or not cache.add(f"{turn.key}:{turn.id}:claim", 1, KEPT):
        return None
    send_heartbeat()
    return save(replace(turn, status=Status.RUNNING, reader=_this_process()))


def send_heartbeat() -> None:
    """Send the heartbeat of this process, which keeps its turns alive."""
    cache.set(_alive_key(_this_process()), 1, ALIVE_FOR)


def save(turn: Turn) -> Turn:
    """Store the turn, and unlock the session if it has ended.

    Does nothing if the turn was considered lost and another question has replaced it.
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
    """Delete a turn that was never asked, and unlock its session."""
    cache.delete(turn.key)
    _locks().delete(turn._busy_key)


def ask_to_stop(turn: Turn) -> None:
    """Ask the process that reads this turn to stop. Raises CacheDown if that fails."""
    cache.add(turn.stop_key, 1, BOOKED)


def asked_to_stop(turns: Sequence[Turn]) -> set[str]:
    """The ids of the turns that were asked to stop."""
    found = cache.get_many([turn.stop_key for turn in turns])
    return {turn.id for turn in turns if turn.stop_key in found}


def _locks() -> BaseCache:
    """The cache for locks. It is shared with other releases that run beside this one."""
    return caches["shared"]


def _key(server: Server, session_id: str) -> str:
    return f"{server.cache_key}:turn:{session_id}"


def _this_process() -> str:
    # Processes may be forks of one that has imported this module.
    return f"{_US}:{os.getpid()}"


def _alive_key(reader: str) -> str:
    return f"reader-of-turns:{reader}"
