"""Relays a turn to the browser: one request asks RAGFlow, further ones follow the same answer.

The first request to read a registered turn asks RAGFlow, so the stream comes from the process that reads the answer.
A browser that reconnects (reload, second tab, lost connection) follows the same turn and never asks again: from
memory if it reaches the same process, otherwise from the shared cache with a short delay. The bytes are those of
``protocol``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from django.db import connections

from dashboard.assistants.answers.markdown import Draft, Rendered
from dashboard.assistants.answers.marks import Citations
from dashboard.assistants.chat import turns
from dashboard.assistants.chat.turns import Status, Turn
from dashboard.assistants.stream import answer_stream, protocol
from dashboard.assistants.stream.answer_stream import AnswerStream
from dashboard.core.web.outages import CacheDown
from dashboard.models import Server
from dashboard.ragflow import RAGFlow

# Seconds between two reads of a turn that another process reads from RAGFlow.
POLL_EVERY: Final = 0.4
# Seconds that a browser without JavaScript waits for its answer.
WHOLE_ANSWER: Final = 600.0

Ending = Callable[[Turn, Rendered | None], bytes]


def begin(turn: Turn, ragflow: RAGFlow, source_base: str) -> AnswerStream | None:
    """Ask RAGFlow, unless another request already did; then the running stream, or None if it is in another process."""
    claimed = turns.claim(turn)
    return answer_stream.start(claimed, ragflow, source_base) if claimed else answer_stream.find(turn.id)


def answer_whole(turn: Turn, ragflow: RAGFlow, source_base: str) -> None:
    """Ask and wait for the whole answer, for a browser without JavaScript."""
    running = begin(turn, ragflow, source_base)
    if running:
        running.ended.wait(WHOLE_ANSWER)


def stop(turn: Turn) -> None:
    """Stop the turn, in whichever process it runs."""
    running = answer_stream.find(turn.id)
    if running:
        running.stop()
    elif turn.status is Status.WAITING:
        turns.forget(turn)
    else:
        turns.ask_to_stop(turn)


def stream(turn: Turn, ragflow: RAGFlow, server: Server, source_base: str, ending: Ending) -> Iterator[bytes]:
    """The events of the turn until its end. ``ending`` builds the last event.

    May be closed at any time; the turn continues.
    """
    try:
        running = begin(turn, ragflow, source_base)
    except CacheDown:
        return  # without a last event, so that the browser reconnects; the first to do so then asks
    # An open stream must not hold a database connection.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    if running:
        yield from _follow_local(running, ending)
    else:
        yield from _follow_remote(turn, server, source_base, ending)


def _follow_local(running: AnswerStream, ending: Ending) -> Iterator[bytes]:
    subscriber = running.subscribe()
    try:
        # Send something at once, so that proxies and the browser start to stream.
        yield protocol.KEEPALIVE
        while (piece := subscriber.read()) is not None:
            yield piece
    finally:
        running.unsubscribe(subscriber)
    yield ending(running.turn, running.whole())


def _follow_remote(turn: Turn, server: Server, source_base: str, ending: Ending) -> Iterator[bytes]:
    """Follow the turn through the shared cache, where another process stores it."""
    draft = Draft(Citations(base=source_base))
    shown, thinking, thought = "", "", False
    reset = True
    quiet_since = time.monotonic()
    while True:
        try:
            now = turns.surely_current(server, turn.session.id)
        except CacheDown:
            yield protocol.KEEPALIVE
            time.sleep(answer_stream.KEEPALIVE_EVERY)
            continue
        if now is None or now.id != turn.id:
            # A newer question has replaced it; the reloaded page knows more.
            yield protocol.end(Status.LOST, "", "", "")
            return
        if not now.status.open:
            yield ending(now, None)
            return
        out = []
        if now.thinking != thinking:
            out.append(protocol.think(now.thinking[len(thinking) :]))
            thinking = now.thinking
        if now.thought_seconds is not None and not thought:
            out.append(protocol.thought(now.thought_seconds))
            thought = True
        if now.text != shown:
            if not now.text.startswith(shown):
                draft, reset, shown = Draft(Citations(base=source_base)), True, ""
            draft.append(now.text[len(shown) :])
            shown = now.text
            out.append(protocol.html(*draft.update(), reset=reset))
            reset = False
        if out or time.monotonic() - quiet_since > answer_stream.KEEPALIVE_EVERY:
            quiet_since = time.monotonic()
            yield b"".join(out) or protocol.KEEPALIVE
        time.sleep(POLL_EVERY)
