"""A scripted RAGFlow 0.24: answers the calls that the measured pages make, at once or after a set delay.

``python -m tests.bench.load.upstream`` prints its port and serves until its input ends. ``/bench/…`` controls it:
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
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.bench.load import frames, large, rows

# What 0.24 answers with 404 as well, and the dashboard asks to tell the version (contract §23)
NEWER = ("/api/v1/system/version",)


@dataclass
class Script:
    """What to play: list lengths, delays in seconds by kind of call, and the pace of chat answers.

    ``mixed``: the documents are in all states and carry metadata, as in a dataset that people work in.
    """

    datasets: int = 100
    documents: int = 100
    running: int = 0
    mixed: bool = False
    frames: int = 250
    rate: float = 50.0
    delays: dict[str, float] = field(default_factory=dict)
    began: float = 0.0

    def progress(self) -> float:
        """Of the documents that run: half a percent more each second, so that every look finds some movement."""
        return min(0.99, 0.01 + (time.monotonic() - self.began) / 200)


@dataclass
class Received:
    """One request; times in seconds of the monotonic clock. ``body`` is its JSON."""

    method: str
    target: str
    started: float
    ended: float = 0.0
    bytes: int = 0
    body: str = ""


class State:
    def __init__(self) -> None:
        self.script = Script()
        self.received: list[Received] = []
        self.unknown: set[str] = set()
        self.uploads = 0


def answer(state: State, method: str, target: str, head: bytes, body_size: int) -> tuple[str, int, bytes]:
    """(kind of call, HTTP status, JSON body)."""
    url = urlsplit(target)
    kind, data = _route(state, f"{method} {url.path}", parse_qs(url.query), head, body_size)
    if kind == "unknown":
        if url.path not in NEWER:
            state.unknown.add(f"{method} {url.path}")
        return kind, 404, msgspec.json.encode({"code": 404, "message": f"Not Found: {url.path}", "data": None})
    return kind, 200, data


def _route(state: State, call: str, query: dict[str, list[str]], head: bytes, size: int) -> tuple[str, bytes]:
    method, path = call.split(" ", 1)
    read = method == "GET"
    if path == "/api/v1/datasets" and read:
        return "datasets", msgspec.json.encode(_datasets(state.script, query))
    if re.fullmatch(r"/api/v1/datasets/\w+/documents", path):
        if read:
            return "documents", msgspec.json.encode({"code": 0, "data": _documents(state.script, query)})
        if method == "POST":
            state.uploads += 1
            return "upload", _ok([_uploaded(head, size, state.uploads)])
    if re.fullmatch(r"/api/v1/datasets/\w+/chunks", path):
        return "parse", _ok()
    if re.fullmatch(r"/api/v1/datasets/\w+/documents/\w+/chunks", path) and read:
        return "chunks", _ok(_chunks(state.script, path.split("/")[-2], query))
    if path == "/api/v1/retrieval":
        return "retrieval", _ok(large.retrieval())
    if re.fullmatch(r"/api/v1/datasets/\w+/(metadata/summary|knowledge_graph|trace_\w+)", path) and read:
        kind = path.rpartition("/")[2]
        graph = {"graph": large.graph(), "mind_map": {}}
        found = {"summary": {"summary": large.summary(state.script.documents)}, "knowledge_graph": graph}
        return kind, _ok(found.get(kind, {}))
    if path == "/api/v1/chats" and read:
        return "chats", _ok([rows.chat()] if _page(query) == 1 else [])
    if re.fullmatch(r"/api/v1/chats/\w+/sessions", path):
        wanted = query.get("id") or [rows.session_id(number) for number in range(3)]
        return "sessions", _ok([rows.session(one) for one in wanted] if read else rows.session(rows.session_id(0)))
    known = {
        "/v1/system/healthz": {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok", "status": "ok"},
        "/v1/system/version": {"code": 0, "message": "success", "data": "v0.24.0"},
        "/v1/user/tenant_info": {"code": 0, "message": "success", "data": rows.defaults()},
        "/v1/llm/list": {"code": 0, "message": "success", "data": rows.models()},
        "/v1/kb/basic_info": {"code": 0, "data": {"processing": state.script.running, "finished": 97, "failed": 0}},
    }
    return ("small", msgspec.json.encode(known[path])) if path in known and read else ("unknown", b"")


def _ok(data: Any = None) -> bytes:
    return msgspec.json.encode({"code": 0} if data is None else {"code": 0, "data": data})


def _page(query: dict[str, list[str]]) -> int:
    return int(query.get("page", ["1"])[0])


def _span(query: dict[str, list[str]], total: int) -> range:
    size = int(query.get("page_size", ["30"])[0])
    first = (max(1, _page(query)) - 1) * size
    return range(min(first, total), min(first + size, total))


def _datasets(script: Script, query: dict[str, list[str]]) -> dict[str, Any]:
    if "id" in query:
        found = [n for n in range(script.datasets) if rows.dataset_id(n) == query["id"][0]]
        return {"code": 0, "data": [rows.dataset(n) for n in found], "total_datasets": len(found)}
    span = _span(query, script.datasets)
    return {"code": 0, "data": [rows.dataset(n) for n in span], "total_datasets": script.datasets}


def _documents(script: Script, query: dict[str, list[str]]) -> dict[str, Any]:
    if script.mixed:
        numbers: Sequence[int] = large.numbers(script.documents, json.dumps(query, sort_keys=True))
    else:
        wanted = {"RUNNING": range(script.running), "DONE": range(script.running, script.documents)}
        names = query.get("run")
        numbers = [n for name in names for n in wanted.get(name, ())] if names else list(range(script.documents))
        if "id" in query:
            numbers = [n for n in numbers if rows.document(n)["id"] == query["id"][0]]
    shown = [numbers[place] for place in _span(query, len(numbers))]
    return {"docs": [_document(script, n) for n in shown], "total": len(numbers)}


def _document(script: Script, number: int) -> dict[str, Any]:
    if script.mixed:
        return large.document(number)
    return rows.document(number, script.progress() if number < script.running else None)


def _chunks(script: Script, document: str, query: dict[str, list[str]]) -> dict[str, Any]:
    shown = [large.chunk(document, n) for n in _span(query, large.CHUNKS)]
    return {"chunks": shown, "doc": _document(script, int(document[:8], 16)), "total": large.CHUNKS}


def _uploaded(head: bytes, size: int, number: int) -> dict[str, Any]:
    name = re.search(rb'filename="([^"]*)"', head)
    boundary = head.partition(b"\r\n")[0]
    overhead = head.find(b"\r\n\r\n") + 4 + len(boundary) + 6
    return rows.uploaded(name.group(1).decode() if name else "unnamed.bin", max(0, size - overhead), number)


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
        """Pieces at the script's pace, then the references, then ``data:true``, as contract §16.2 has them."""
        script = self.state.script
        tail = (
            b', "audio_binary": null, "prompt": "", "created_at": 1795292309.45, "final": %s, '
            b'"id": "eb42048f-b0d2-4800-931b-7bcec49eb529", "session_id": "' + session + b'"}}\n\n'
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


async def serve() -> None:
    state = State()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=4096, family=socket.AF_INET)
    print(server.sockets[0].getsockname()[1], flush=True)
    # the end of the input is the end of whoever started us
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    import uvloop

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve())
