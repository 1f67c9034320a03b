"""From a turn to the browser: who asks RAGFlow, who follows along, and what the end looks like.

The first to read a registered turn becomes the one who asks, so the stream comes from the process that reads RAGFlow.
A browser that comes back (reload, second tab, broken connection) follows the same turn and never asks again: from
memory when it meets the same process, otherwise from the shared cache, a little later. The bytes are those of
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

# Seconds between two looks at a turn that another process reads.
LOOK_EVERY: Final = 0.4
# How long a browser without script is kept waiting for its answer.
WHOLE_ANSWER: Final = 600.0

Ending = Callable[[Turn, Rendered | None], bytes]


def begin(turn: Turn, ragflow: RAGFlow, source_base: str) -> AnswerStream | None:
    """Ask RAGFlow, unless somebody already did: then None, or the live turn when it is in this process."""
    claimed = turns.claim(turn)
    return answer_stream.start(claimed, ragflow, source_base) if claimed else answer_stream.find(turn.id)


def answer_whole(turn: Turn, ragflow: RAGFlow, source_base: str) -> None:
    """Ask and wait for the end, for a browser without script."""
    running = begin(turn, ragflow, source_base)
    if running:
        running.ended.wait(WHOLE_ANSWER)


def stop(turn: Turn) -> None:
    """Stop the turn, whichever process reads it."""
    running = answer_stream.find(turn.id)
    if running:
        running.stop()
    elif turn.status is Status.WAITING:
        turns.forget(turn)
    else:
        turns.ask_to_stop(turn)


def stream(turn: Turn, ragflow: RAGFlow, server: Server, source_base: str, ending: Ending) -> Iterator[bytes]:
    """The events of the turn until its end. ``ending`` makes the last event of the finished turn.

    May be closed at any time; the turn goes on.
    """
    try:
        running = begin(turn, ragflow, source_base)
    except CacheDown:
        return  # without a last event: the browser comes again, and whoever comes first then asks
    # An open stream must not hold a database connection.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    if running:
        yield from _along(running, ending)
    else:
        yield from _follow_remote(turn, server, source_base, ending)


def _along(running: AnswerStream, ending: Ending) -> Iterator[bytes]:
    follower = running.follow()
    try:
        # Something at once, so that proxies and the browser open up.
        yield protocol.KEEPALIVE
        while (piece := follower.read()) is not None:
            yield piece
    finally:
        running.leave(follower)
    yield ending(running.turn, running.whole())


def _follow_remote(turn: Turn, server: Server, source_base: str, ending: Ending) -> Iterator[bytes]:
    """The turn as another process stores it, every now and then."""
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
            # A newer question has taken its place; the page as it is now knows more.
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
        time.sleep(LOOK_EVERY)
