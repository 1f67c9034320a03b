"""Runs the stand-in: one process for HTTP (gevent), one child that parses. See docs/standin.md.

python -m ragflow_admin.standin --port 9380 --data var/standin --seed demo
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEFAULT_KEY = "ragflow-standin-demo-key"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options, shared with the management command."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=9380, help="port; 0 takes any, a taken 9380 another one")
    parser.add_argument("--data", default="var/standin", help="folder for the database and the files")
    parser.add_argument("--release", choices=("0.24", "0.27"), default="0.27", help="the RAGFlow to be (0.27)")
    parser.add_argument("--seed", help="fill an empty tenant: demo, or large:N for one dataset of N documents")


def listener(host: str, port: int) -> socket.socket:
    """A listening socket on the port, or on any free one if the default port is taken.

    Raises OSError if another port was requested and is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in (port, 0):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, number))
        except OSError as error:
            sock.close()
            if number != 9380 or error.errno != errno.EADDRINUSE:
                raise
            continue
        # Accepted connections inherit it; without it, small responses wait 40 ms for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(2048)
        sock.setblocking(False)
        return sock
    raise OSError(errno.EADDRINUSE, "no port is free")


def options_of(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="standin", description="A small server with the HTTP API of RAGFlow 0.24 or 0.27."
    )
    arguments(parser)
    return parser.parse_args(argv)


def surroundings(options: argparse.Namespace) -> dict[str, str]:
    """The environment that the process must be started with, because Django reads it on import."""
    return {
        "DJANGO_SETTINGS_MODULE": "ragflow_admin.standin.settings",
        "STANDIN_DATA": str(Path(options.data).resolve()),
        "STANDIN_RELEASE": options.release,
    }


def main(options: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT. Prints one JSON line `{"standin": address, …}` when it is ready."""
    from gevent import monkey

    monkey.patch_all()
    (Path(options.data) / "files").mkdir(parents=True, exist_ok=True)
    sock = listener(options.host, options.port)

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    keys = [k.strip() for k in os.environ.get("STANDIN_API_KEYS", "").split(",") if k.strip()] or [DEFAULT_KEY]
    _prepare(keys, options.seed)
    connection.close()
    return _serve(sock, options.host, keys)


def _prepare(keys: list[str], seed: str | None) -> None:
    from ragflow_admin.standin import seeds
    from ragflow_admin.standin.store import tenants
    from ragflow_admin.standin.store.models import Setting

    for number, key in enumerate(keys):
        tenants.ensure(key, nickname="demo" if number == 0 else f"tenant{number + 1}")
    if os.environ.get("STANDIN_SPEED"):
        Setting.objects.update_or_create(name="speed", defaults={"value": os.environ["STANDIN_SPEED"]})
    if seed:
        seeds.sow(seed, keys[0])


def _serve(sock: socket.socket, host: str, keys: list[str]) -> int:
    import gevent
    from gevent import pywsgi

    from ragflow_admin.standin.parsing import events
    from ragflow_admin.standin.wsgi import ConnectionDropped, application

    class Handler(pywsgi.WSGIHandler):  # type: ignore[misc]
        def handle_error(self, kind: Any, value: Any, tb: Any) -> None:
            if isinstance(value, ConnectionDropped):
                self.close_connection = True
                # An abrupt end: the peer gets a connection reset.
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                self.socket.close()
                return
            super().handle_error(kind, value, tb)

    # The child ignores Ctrl-C; closing its standard input ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-m", "ragflow_admin.standin.parsing"], stdin=subprocess.PIPE)
    if child.stdin is not None:
        events.connect(child.stdin)
    server = pywsgi.WSGIServer(sock, application, handler_class=Handler, log=None)
    server.stop_timeout = 0.2

    stopping = gevent.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stopping.set)
    server.start()
    port = sock.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    line = {"standin": f"http://{shown}:{port}", "keys": keys, "pid": os.getpid()}
    print(json.dumps(line), flush=True)
    stopping.wait()
    server.stop()
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
    return 0
