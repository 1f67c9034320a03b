r"""The event stream of an answer being written: server-sent events with JSON data.

    data:"…"                     plain text to append
    event:html                   the answer so far as HTML, replacing all plain text since the last such event:
    data:{"reset":false,         reset: discard everything shown before, including finished blocks
          "done":"<p>…</p>",     newly finished blocks, to append
          "open":"<p>…</p>"}     the block still being written, replacing the previous open one
    event:think  data:"…"        plain text of the model's reasoning
    event:thought data:2.1       the reasoning is over and took this many seconds
    event:end                    the last event:
    data:{"status":"done",       done, failed, broken, stopped or lost (``turns.Status``)
          "html":"<article …",   the whole answer, replacing the one being written
          "sources":"…",         the pane of its sources
          "say":"Answer ready"}  for screen readers
    : keep                       a comment, if nothing happened for a few seconds

Text is passed on as it arrives, in one ``data:`` event per read from RAGFlow, however many frames the read contained.
``html`` follows in the same write if the process has time to render, less often the more answers it relays. A browser
that connects later, or reconnects, first gets an ``html`` event with ``reset``.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

CONTENT_TYPE: Final = "text/event-stream"
KEEPALIVE: Final = b": keep\n\n"


def _plain(value: Any) -> str:
    """Encode Django's SafeString as a plain str."""
    if not isinstance(value, str):
        raise NotImplementedError(type(value).__name__)
    return "".join([value])


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def text(piece: str) -> bytes:
    return b"data:%b\n\n" % _encode(piece)


def html(done: str, still_open: str, *, reset: bool = False) -> bytes:
    return b"event:html\ndata:%b\n\n" % _encode({"reset": reset, "done": done, "open": still_open})


def think(piece: str) -> bytes:
    return b"event:think\ndata:%b\n\n" % _encode(piece)


def thought(seconds: float) -> bytes:
    return b"event:thought\ndata:%b\n\n" % _encode(round(seconds, 1))


def end(status: str, article: str, sources: str, say: str) -> bytes:
    return b"event:end\ndata:%b\n\n" % _encode({"status": status, "html": article, "sources": sources, "say": say})
