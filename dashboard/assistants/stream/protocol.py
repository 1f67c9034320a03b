r"""What the browser gets to read while an answer is written: server-sent events, whose data is JSON.

    data:"…"                     text, to be shown at the end of what is there, as plain text
    event:html                   the answer so far as HTML, in place of all plain text since the last such event:
    data:{"reset":false,         reset: forget everything shown before, the finished blocks too
          "done":"<p>…</p>",     blocks that will not change any more, to be added to those before
          "open":"<p>…</p>"}     the block still being written, in place of the former open one
    event:think  data:"…"        text of the model's thinking, plain
    event:thought data:2.1       the thinking is over and took so many seconds
    event:end                    nothing follows:
    data:{"status":"done",       done, failed, broken, stopped or lost (assistants/turns.py)
          "html":"<article …",   the whole answer, in place of the one being written
          "sources":"…",         the pane of its sources, which says so when there are none
          "say":"Answer ready"}  for screen readers
    : keep                       a comment, when nothing has happened for a few seconds

Text is passed on the moment it arrives, in one ``data:`` event per read from RAGFlow however many of its frames that
read held, so nothing depends on the size of a frame. ``html`` follows it in the same write while our process has time
to render, and less often the more answers it is relaying. A reader that comes later, or comes back, first gets an
``html`` event with ``reset``.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

CONTENT_TYPE: Final = "text/event-stream"
KEEPALIVE: Final = b": keep\n\n"


def _plain(value: Any) -> str:
    """Django's SafeString as the str it is."""
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
