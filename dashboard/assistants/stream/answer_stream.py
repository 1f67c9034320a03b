"""Turns that this process reads from RAGFlow, each in its own thread (a greenlet under gevent).

The reader does not depend on any browser: RAGFlow stores a turn only if it was read to its end, so it keeps reading
even if no one is connected. Browsers subscribe, each with a queue of bytes ready to send. A read from RAGFlow touches
no cache, no database and no contended lock. One ``ticker.TurnTicker`` does for all turns together what can wait:
checking for requests to stop, and storing the state of each turn.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from django.db import connections
from django.utils.translation import gettext as _

from dashboard.assistants.answers.markdown import Rendered
from dashboard.assistants.answers.marks import cites
from dashboard.assistants.answers.thoughts import Thoughts
from dashboard.assistants.chat import records, turns
from dashboard.assistants.chat.turns import Status, Turn
from dashboard.assistants.stream import protocol
from dashboard.assistants.stream.render_budget import RenderBudget
from dashboard.assistants.stream.subscriber import Subscriber
from dashboard.assistants.stream.ticker import TurnTicker
from dashboard.assistants.stream.written import Written
from dashboard.ragflow import Conversation, RAGFlow, errors, sse
from dashboard.ragflow.chat.sse import Event

logger = logging.getLogger(__name__)

# A subscriber with more unsent writes than this skips them, and gets a summary when it has caught up.
BEHIND: Final = 256
# Seconds between comments while nothing happens, so that proxies keep the connection and we notice closed ones.
KEEPALIVE_EVERY: Final = 5.0

_live: dict[str, AnswerStream] = {}
_budget = RenderBudget()
_ticker = TurnTicker(_live, _budget.adapt)


def find(turn_id: str) -> AnswerStream | None:
    """The stream of the turn, if this process reads it."""
    return _live.get(turn_id)


def start(turn: Turn, ragflow: RAGFlow, source_base: str) -> AnswerStream:
    """Ask RAGFlow and read the answer in the background. ``turn`` is claimed; ``source_base``: see Citations.base."""
    live = AnswerStream(turn, ragflow, source_base)
    _live[turn.id] = live
    _ticker.ensure()
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(live.run,), name=f"turn-{turn.id}", daemon=True).start()
    return live


class AnswerStream:
    """A turn being read. ``turn`` is updated by ``tick`` and at the end."""

    def __init__(self, turn: Turn, ragflow: RAGFlow, source_base: str) -> None:
        self.turn = turn
        self.ended = threading.Event()
        self._ragflow = ragflow
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []
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
        self._sent_at = self._started

    # -- used by views and the ticker ----------------------------------------------------------------------------------

    def subscribe(self) -> Subscriber:
        """Subscribe; the subscriber first gets everything so far."""
        subscriber = Subscriber()
        with self._lock:
            if not self._written.rendered:
                self._publish(self._render())
            if self._written or self._thinking:
                subscriber.put(self._summary())
            if self.ended.is_set():
                subscriber.put(None)
            else:
                self._subscribers.append(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Unsubscribe, because the browser has disconnected. The turn continues."""
        with self._lock:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

    def stop(self) -> None:
        """Close the connection to RAGFlow, which then stores neither question nor answer."""
        self._stopped = True
        if self._conversation is not None:
            self._conversation.close()
        else:
            # RAGFlow has not started to answer. No need to wait until it does: ``_read`` closes the connection then.
            self._finish(Status.STOPPED, "")

    def whole(self) -> Rendered | None:
        """The finished answer as HTML; None if it has to be re-rendered (see ``Written.whole``)."""
        with self._lock:
            return self._written.whole(len(self.turn.sources))

    # -- reading -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Ask RAGFlow, and read the answer to its end."""
        status, problem = Status.LOST, ""
        try:
            try:
                status = self._read()
            except errors.RAGFlowError as error:
                # Before or during the answer: keep what arrived, and say why there is no more.
                logger.warning("RAGFlow: %s %s: %s: %s", error.method, error.path, type(error).__name__, error.message)
                cut = _("The connection closed before the answer was complete.")
                problem = cut if isinstance(error, errors.StreamInterrupted) else error.message
                status, problem = (Status.STOPPED, "") if self._stopped else (Status.BROKEN, problem)
        finally:
            self._finish(status, self._failure or problem)
            records.ended(self.turn)
            connections.close_all()

    def _read(self) -> Status:
        turn = self.turn
        variables: dict[str, Any] = {**turn.variables}
        with self._ragflow.sessions.ask(turn.session, turn.question, turn.thinking_mode, **variables) as conversation:
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
        """Read the sources from the history, because their frame may be missing (seen on 0.24.0)."""
        if self.turn.sources or self._failure or not cites(self._written.text):
            return
        try:
            stored = self._ragflow.sessions.get(self.turn.session.assistant_id, self.turn.session.id)
        except errors.RAGFlowError as error:
            logger.warning("Could not read the sources of an answer: %s", error.message)
            return
        if stored.messages and stored.messages[-1].role == "assistant":
            self.turn = replace(self.turn, sources=stored.messages[-1].sources)

    def _take(self, batch: Iterable[Event]) -> None:
        """Pass on the events of one read from RAGFlow: one write per subscriber."""
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
        if text and (visible := self._written.add(text)):
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
        return not self._written.rendered and now >= self._render_at and _budget.any_left(now)

    def _render(self) -> bytes:
        shown, cost = self._written.render()
        self._render_at = time.monotonic() + _budget.spend(cost, len(_live), self._written.open_size)
        return shown

    def _summary(self) -> bytes:
        """Everything rendered so far, for a subscriber that is new or behind."""
        parts = [self._written.so_far()]
        if self._thinking:
            parts.insert(0, protocol.think(self._thinking.text))
            if self._think_started is None:
                parts.insert(1, protocol.thought(self._thought))
        return b"".join(parts)

    def _publish(self, data: bytes) -> None:
        if not data:
            return
        self._sent_at = time.monotonic()
        if not self._written.rendered and any(
            subscriber.behind and not subscriber.waiting for subscriber in self._subscribers
        ):
            data += self._render()
        for subscriber in self._subscribers:
            if subscriber.behind:
                if subscriber.waiting:
                    continue
                subscriber.behind = False
                subscriber.put(self._summary())
            elif subscriber.waiting > BEHIND:
                subscriber.behind = True
            else:
                subscriber.put(data)

    # -- storing -------------------------------------------------------------------------------------------------

    def tick(self, now: float, store_every: float) -> None:
        """Called by the ticker: render what is unrendered, keep idle connections open, and store changes."""
        if self._may_render(now):
            with self._lock:
                if not self._written.rendered:
                    self._publish(self._render())
        if now - self._sent_at >= KEEPALIVE_EVERY:
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
                for subscriber in self._subscribers:
                    subscriber.put(None)
                self._subscribers.clear()
