"""Turns that this process reads from RAGFlow, each in a thread of its own (a greenlet under gevent).

The reader does not depend on any browser: RAGFlow keeps a turn only when it was read to its end, so it reads on
whether somebody follows or not. Whoever wants to see it follows along through a queue of ready-made bytes.

Per read from RAGFlow there is no cache, no database and no lock that anybody waits for. What can wait is done for all
turns together by one ``pulse.TurnTicker``: looking whether one is to be stopped, storing how far each has come.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from django.db import connections
from django.utils.translation import gettext as _

from dashboard.assistants.answers.markdown import Rendered
from dashboard.assistants.answers.marks import cites
from dashboard.assistants.answers.thoughts import Thoughts
from dashboard.assistants.chat import turns
from dashboard.assistants.chat.turns import Status, Turn
from dashboard.assistants.stream import protocol
from dashboard.assistants.stream.render_budget import RenderBudget
from dashboard.assistants.stream.subscriber import Subscriber
from dashboard.assistants.stream.ticker import TurnTicker
from dashboard.assistants.stream.written import Written
from dashboard.ragflow import Conversation, RAGFlow, errors, sse
from dashboard.ragflow.chat.sse import Event

logger = logging.getLogger(__name__)

# A browser that has not taken this many writes gets a summary when it comes round.
BEHIND: Final = 256
# Seconds between two comments while nothing happens: so that proxies keep the line, and we notice who has gone.
KEEPALIVE_EVERY: Final = 5.0

_live: dict[str, AnswerStream] = {}
_credit = RenderBudget()
_pulse = TurnTicker(_live, _credit.adapt)


def find(turn_id: str) -> AnswerStream | None:
    """The turn, if this process reads it."""
    return _live.get(turn_id)


def start(turn: Turn, ragflow: RAGFlow, source_base: str) -> AnswerStream:
    """Ask RAGFlow and read the answer in the background. ``turn`` was claimed; ``source_base`` see Citations.base."""
    live = AnswerStream(turn, ragflow, source_base)
    _live[turn.id] = live
    _pulse.ensure()
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(live.run,), name=f"turn-{turn.id}", daemon=True).start()
    return live


class AnswerStream:
    """A turn being read. ``turn`` is brought up to date by ``snapshot`` and at the end."""

    def __init__(self, turn: Turn, ragflow: RAGFlow, source_base: str) -> None:
        self.turn = turn
        self.ended = threading.Event()
        self._ragflow = ragflow
        self._lock = threading.Lock()
        self._followers: list[Subscriber] = []
        self._conversation: Conversation | None = None
        self._stopped = False
        self._failure = ""
        self._started = time.monotonic()
        self._thinking = Thoughts()
        self._think_started: float | None = None
        self._thought = 0.0
        self._written = Written(source_base)
        self._render_at = 0.0
        self._store_at = 0.0
        self._changed = False
        self._told_at = self._started

    # -- what others do with it ----------------------------------------------------------------------------------

    def follow(self) -> Subscriber:
        """A follower that begins with everything so far."""
        follower = Subscriber()
        with self._lock:
            if not self._written.rendered:
                self._publish(self._render())
            if self._written or self._thinking:
                follower.put(self._summary())
            if self.ended.is_set():
                follower.put(None)
            else:
                self._followers.append(follower)
        return follower

    def leave(self, follower: Subscriber) -> None:
        """The browser has gone; the turn is read on."""
        with self._lock:
            if follower in self._followers:
                self._followers.remove(follower)

    def stop(self) -> None:
        """Close upstream. RAGFlow then keeps neither question nor answer."""
        self._stopped = True
        if self._conversation is not None:
            self._conversation.close()
        else:
            # RAGFlow has not begun to answer: nobody need wait until it does (``_read`` closes it then).
            self._finish(Status.STOPPED, "")

    def whole(self) -> Rendered | None:
        """The ended answer as HTML; None when it has to be rendered anew (see ``Written.whole``)."""
        with self._lock:
            return self._written.whole(len(self.turn.sources))

    # -- reading -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Ask, and read to the end."""
        status, problem = Status.LOST, ""
        try:
            try:
                status = self._read()
            except errors.RAGFlowError as error:
                # In mid-answer or before it: what arrived stays, and the sentence says why there is no more.
                logger.warning("RAGFlow: %s %s: %s: %s", error.method, error.path, type(error).__name__, error.message)
                status, problem = (Status.STOPPED, "") if self._stopped else (Status.BROKEN, _what_broke(error))
        finally:
            self._finish(status, self._failure or problem)
            connections.close_all()

    def _read(self) -> Status:
        with self._ragflow.sessions.ask(self.turn.session, self.turn.question) as conversation:
            self._conversation = conversation
            if self._stopped:
                return Status.STOPPED
            for batch in conversation.batches():
                self._take(batch)
            if conversation.done:
                self._look_up_sources()
                return Status.FAILED if self._failure else Status.DONE
        return Status.STOPPED

    def _look_up_sources(self) -> None:
        """The frame with the sources may be missing although they are stored (seen on 0.24.0)."""
        if self.turn.sources or self._failure or not cites(self._written.text):
            return
        try:
            stored = self._ragflow.sessions.get(self.turn.session.assistant_id, self.turn.session.id)
        except errors.RAGFlowError as error:
            logger.warning("The sources of an answer could not be read: %s", error.message)
            return
        if stored.messages and stored.messages[-1].role == "assistant":
            self.turn = replace(self.turn, sources=stored.messages[-1].sources)

    def _take(self, batch: Iterable[Event]) -> None:
        """Pass on what one read from RAGFlow brought: one write for each follower."""
        fresh: list[str] = []
        with self._lock:
            out: list[bytes] = []
            for event in batch:
                if type(event) is sse.Delta:
                    if self._think_started is None:
                        fresh.append(event.text)
                    else:
                        self._think(event.text, out)
                else:
                    self._add("".join(fresh), out)
                    fresh.clear()
                    self._take_other(event, out)
            self._add("".join(fresh), out)
            if self._may_render(time.monotonic()):
                out.append(self._render())
            self._changed = True
            self._publish(b"".join(out))

    def _add(self, text: str, out: list[bytes]) -> None:
        if not text:
            return
        if visible := self._written.add(text):
            out.append(visible)

    def _think(self, text: str, out: list[bytes]) -> None:
        if visible := self._thinking.add(text):
            out.append(protocol.think(visible))

    def _take_other(self, event: Event, out: list[bytes]) -> None:
        match event:
            case sse.ThinkStart():
                self._think_started = time.monotonic()
                self._thinking.begin()
                out.append(protocol.think(""))
            case sse.ThinkEnd():
                self._end_thinking()
                out.append(protocol.thought(self._thought))
            case sse.Replace(text=text):
                self._written.start_over(text)
                out.append(self._summary())
            case sse.References(sources=sources):
                self.turn = replace(self.turn, sources=sources)
                self._written.knows_sources(len(sources))
            case sse.Failed(message=message):
                self._failure = message

    def _end_thinking(self) -> None:
        if self._think_started is not None:
            self._thought += time.monotonic() - self._think_started
            self._think_started = None

    # -- rendering -----------------------------------------------------------------------------------------------

    def _may_render(self, now: float) -> bool:
        return not self._written.rendered and now >= self._render_at and _credit.any_left(now)

    def _render(self) -> bytes:
        shown, cost = self._written.render()
        self._render_at = time.monotonic() + _credit.spend(cost, len(_live), self._written.open_size)
        return shown

    def _summary(self) -> bytes:
        """Everything that is rendered, for a follower who has nothing, or too little."""
        parts = [self._written.so_far()]
        if self._thinking:
            parts.insert(0, protocol.think(self._thinking.text))
            if self._think_started is None:
                parts.insert(1, protocol.thought(self._thought))
        return b"".join(parts)

    def _publish(self, data: bytes) -> None:
        if not data:
            return
        self._told_at = time.monotonic()
        if not self._written.rendered and any(follower.behind and not follower.waiting for follower in self._followers):
            data += self._render()
        for follower in self._followers:
            if follower.behind:
                if follower.waiting:
                    continue
                follower.behind = False
                follower.put(self._summary())
            elif follower.waiting > BEHIND:
                follower.behind = True
            else:
                follower.put(data)

    # -- storing -------------------------------------------------------------------------------------------------

    def tick(self, now: float, store_every: float) -> None:
        """Called by the pulse: render what was left unrendered, keep silent lines open, store what has changed or says
        we are alive."""
        if self._may_render(now):
            with self._lock:
                if not self._written.rendered:
                    self._publish(self._render())
        if now - self._told_at >= KEEPALIVE_EVERY:
            with self._lock:
                self._publish(protocol.KEEPALIVE)
        due = self._store_at + (0 if self._changed else turns.BOOKED / 4)
        if now >= due:
            self._store_at = now + store_every
            with self._lock:
                if self.ended.is_set():
                    return
                self.turn = turns.save(self._snapshot())

    def _snapshot(self) -> Turn:
        self._changed = False
        return replace(
            self.turn,
            text=self._written.text,
            thinking=self._thinking.text,
            thought_seconds=self._thought if self._thinking and self._think_started is None else None,
        )

    def _finish(self, status: Status, problem: str) -> None:
        with self._lock:
            if self.ended.is_set():
                return
            self._end_thinking()
            took = time.monotonic() - self._started
            self.turn = replace(self._snapshot(), status=status, problem=problem, took_seconds=took)
            try:
                self.turn = turns.save(self.turn)
            finally:
                _live.pop(self.turn.id, None)
                self.ended.set()
                for follower in self._followers:
                    follower.put(None)
                self._followers.clear()


def _what_broke(error: errors.RAGFlowError) -> str:
    if isinstance(error, errors.StreamInterrupted):
        return _("The connection ended before the answer did.")
    return error.message
