"""A scripted RAGFlow 0.27 or 0.24: answers the calls that the measured pages make, at once or after a set delay.

``python -m tests.bench.load.upstream 0.27`` prints its port and serves until its input ends. ``/bench/…`` controls it:
``POST /bench/script`` takes a ``Script``'s fields, ``GET /bench/requests`` tells what was received since the last ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import sys
import time
from typing import Any, cast

import msgspec

from tests.bench.load import frames, rows
from tests.bench.load.script import RELEASE_PATHS, Received, Script, State, answer


class Connection(asyncio.Protocol):
    """One connection, request after request. Bodies are counted, only their first kilobyte is kept."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.buffer = b""
        self.head = b""
        self.left = -1
        self.size = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        for task in self.tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        if self.left > 0 and not self.buffer:
            self._body(data)
            return
        self.buffer += data
        while self.left < 0 and (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            lines, rest = self.buffer[:end].decode("latin-1"), self.buffer[end + 4 :]
            self.method, self.target, _ = lines.split(" ", 2)
            length = re.search(r"(?im)^content-length:\s*(\d+)", lines)
            self.left = self.size = int(length.group(1)) if length else 0
            self.received = Received(self.method, self.target, time.monotonic())
            self.buffer, self.head = b"", b""
            if re.search(r"(?im)^expect:\s*100-continue", lines):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._body(rest)

    def _body(self, data: bytes) -> None:
        taken = data[: self.left]
        if len(self.head) < 65536:
            self.head += taken[: 65536 - len(self.head)]
        self.left -= len(taken)
        if self.left == 0:
            self.left = -1
            self.buffer = data[len(taken) :]
            self._respond(self.method, self.target, self.head, self.received)

    def _respond(self, method: str, target: str, head: bytes, received: Received) -> None:
        if target.startswith("/bench/"):
            self._send(200, msgspec.json.encode(control(self.state, target, head)))
            return
        received.bytes = self.size
        if head.startswith(b"{"):
            received.body = head.decode()
        if target not in RELEASE_PATHS:  # asked once a minute, whatever is measured
            self.state.received.append(received)
        if target.endswith("/completions"):
            session = re.search(rb'"session_id":\s*"(\w+)"', head)
            self._start(self._stream(session.group(1) if session else b"", received))
            return
        kind, status, body = answer(self.state, method, target, head, self.size)
        delay = self.state.script.delays.get(kind, 0.0)
        if delay:
            self._start(self._send_later(delay, status, body, received))
        else:
            self._send(status, body)
            received.ended = time.monotonic()

    def _start(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _send(self, status: int, body: bytes) -> None:
        head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (status, len(body)) + body)

    async def _send_later(self, delay: float, status: int, body: bytes, received: Received) -> None:
        await asyncio.sleep(delay)
        self._send(status, body)
        received.ended = time.monotonic()

    async def _stream(self, session: bytes, received: Received) -> None:
        """Pieces at the script's pace, then the references, then ``data:true`` (contract §16.2; ragflow-0.27 §6)."""
        script = self.state.script
        end = b', "chat_id": "' + rows.CHAT.encode() + b'"}}\n\n' if self.state.is_new else b"}}\n\n"
        tail = (
            b', "audio_binary": null, "prompt": "", "created_at": 1795292309.45, "final": %s, '
            b'"id": "eb42048f-b0d2-4800-931b-7bcec49eb529", "session_id": "' + session + b'"' + end
        )
        between = b'", "reference": {"chunks": []}' + tail % b"false"
        pieces = [b'data:{"code": 0, "data": {"answer": "' + frames.piece(n) for n in range(len(frames.PIECES))]
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number in range(script.frames):
            due += 1 / script.rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            # the mark goes before the piece: a paragraph's end must stay at the end
            start = pieces[number % len(pieces)]
            cut = start.rfind(b" ")
            self._chunk(start[:cut] + b" " + frames.mark(number) + start[cut + 1 :] + between)
        self._chunk(b'data:{"code": 0, "data": {"answer": "", "reference": ' + _references() + tail % b"true")
        self._chunk(b'data:{"code": 0, "data": true}\n\n')
        self.transport.write(b"0\r\n\r\n")
        received.ended = time.monotonic()

    def _chunk(self, data: bytes) -> None:
        self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))


def _references() -> bytes:
    chunks = [
        {"id": f"{n:016x}", "content": "Service interval twelve months. " * 8, "document_id": f"{n:032x}"}
        | {"document_name": f"service-note-{n:04}.txt", "dataset_id": rows.DATASET, "image_id": "", "positions": []}
        | {"similarity": 0.8, "vector_similarity": 0.7, "term_similarity": 0.9, "url": None, "doc_type": ""}
        for n in range(3)
    ]
    return msgspec.json.encode({"total": 3, "chunks": chunks, "doc_aggs": []})


def control(state: State, target: str, body: bytes) -> Any:
    """``/bench/script`` sets what to play; ``/bench/requests`` tells and forgets what came in."""
    if target == "/bench/script":
        state.script = Script(**{**json.loads(body), "began": time.monotonic()})
    seen = [vars(one) for one in state.received]
    state.received = []
    return {"requests": seen, "unknown": sorted(state.unknown)}


async def serve(release: str) -> None:
    state = State(is_new=release != "0.24")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=4096, family=socket.AF_INET)
    print(server.sockets[0].getsockname()[1], flush=True)
    # the end of the input is the end of whoever started us
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    import uvloop

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(sys.argv[1]))
