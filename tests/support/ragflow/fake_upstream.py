"""A small HTTP server that answers what a test tells it to and remembers what it was asked."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dashboard.ragflow.releases.detection import LANGUAGE, OLD_VERSION, PATHS, VERSION, forget

KEY = "ragflow-s3cr3t-0123456789"


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """One answer. ``pieces`` are sent one by one, each after its gate (if any) opens; ``drop`` then cuts the line."""

    json: Any = None
    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] | None = None
    chunked: bool = True
    gates: Sequence[threading.Event] = ()
    drop: bool = False
    silent: threading.Event | None = None

    def content(self) -> bytes:
        return json.dumps(self.json).encode() if self.body is None else self.body


Handler = Callable[[Received], Reply]


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.release = "v0.24.0"
        self.rules: list[tuple[str, re.Pattern[str], list[Reply | Handler]]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, method: str, path: str, *replies: Reply | Handler) -> None:
        """Answer requests whose method and whole path match with these replies, the last one again and again."""
        self.rules.insert(0, (method, re.compile(path), list(replies)))

    def reply_to(self, request: Received) -> Reply:
        """The reply of the newest rule. The question for the release is answered unless a rule has exactly its path."""
        if request.path in PATHS and not any(path.pattern == request.path for _, path, _ in self.rules):
            return self._release_reply(request.path)
        self.received.append(request)
        for method, path, replies in self.rules:
            if method == request.method and path.fullmatch(request.path):
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                return reply(request) if callable(reply) else reply
        return Reply(status=599, body=b"the test did not expect this request", content_type="text/plain")

    def _release_reply(self, path: str) -> Reply:
        is_new = self.release >= "v0.25" or not self.release.startswith("v")
        if path == (VERSION if is_new else OLD_VERSION):
            return Reply({"code": 0, "data": self.release, "message": "success"})
        if path == LANGUAGE and self.release >= "v0.27":
            return Reply({"code": 0, "data": {"language": "python"}, "message": "success"})
        return Reply({"code": 404, "data": None, "message": f"Not Found: {path}"}, status=404)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off are part of the tests."""

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.received]

    @property
    def writes(self) -> list[Received]:
        return [request for request in self.received if request.method != "GET"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each response waits 40 ms for an acknowledgement of its head
    server: FakeServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Received(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={key.lower(): value for key, value in self.headers.items()},
            body=body,
            port=self.client_address[1],
        )
        reply = self.server.reply_to(request)
        if reply.silent is not None:
            reply.silent.wait(10)
        if reply.drop and reply.pieces is None:
            self._cut()
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.pieces is None:
            content = reply.content()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        for number, piece in enumerate(reply.pieces):
            if number < len(reply.gates):
                reply.gates[number].wait(10)
            try:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.chunked else piece)
            except OSError:
                self.close_connection = True
                return
        if reply.drop:
            self._cut()
        elif reply.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve


@contextmanager
def serving() -> Iterator[FakeServer]:
    """A fake server for the length of the block."""
    server = FakeServer()
    forget(server.base_url)  # of a server that had this port before
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dripping(content: bytes, interval: float, at_once: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that sends these raw bytes to every client, the later ones one by one per ``interval``.

    Yields its base URL. It goes on until the block ends, and then closes.
    """
    over = threading.Event()

    def drip(plain: socket.socket) -> None:
        with suppress(OSError), tls.wrap_socket(plain, server_side=True) if tls else plain as line:
            line.recv(65536)
            line.sendall(content[:at_once])
            for place in range(at_once, len(content)):
                if over.wait(interval):
                    return
                line.sendall(content[place : place + 1])

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=drip, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
