"""The product as ``make run`` starts it, on fresh data, against the scripted upstream, with a signed-in user."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from tests.bench import memory
from tests.bench.load.script import Script
from tests.bench.processes import Children
from tests.support.processes.ports import free_port

PATIENCE = 150
# Variables that the shell may have set for another installation
FOREIGN = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "WEB_CONCURRENCY")


class Upstream:
    """The scripted RAGFlow of a release ("0.27" or "0.24"), and the control side of it."""

    def __init__(self, children: Children, log: Path, release: str) -> None:
        self.release = release
        self.process = children.module("load.upstream", release, log=log.open("wb"))
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())

    def play(self, **script: Any) -> None:
        """What to answer from now on; forgets what was received."""
        self._control("POST", "/bench/script", json.dumps(asdict(Script(**script))))

    def received(self) -> list[dict[str, Any]]:
        """The requests since the last ask: method, target, started, ended, bytes."""
        found: list[dict[str, Any]] = self._control("GET", "/bench/requests")["requests"]
        return found

    def unknown(self) -> list[str]:
        """Calls that the script has no answer for, which would make a measurement worthless."""
        found: list[str] = self._control("GET", "/bench/requests")["unknown"]
        return found

    def _control(self, method: str, path: str, body: str | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body)
        return json.loads(connection.getresponse().read())


class App:
    """``python -m ragflow_admin.local.up`` in ``scratch``, ready to be asked."""

    def __init__(self, children: Children, scratch: Path, upstream_port: int) -> None:
        self.scratch = scratch
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        (scratch / "tmp").mkdir()
        self.log = scratch / "run.log"
        env = {
            "VAR_DIR": str(scratch / "var"),
            "TMPDIR": str(scratch / "tmp"),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "RAGFLOW_BASE_URL": f"http://127.0.0.1:{upstream_port}",
            "RAGFLOW_API_KEY": "ragflow-bench",
            "ADMIN_USERNAME": "bench",
            "ADMIN_PASSWORD": "measure-twice-cut-once",
        }
        self.process = children.start(
            [sys.executable, "-m", "ragflow_admin.local.up"],
            env=env,
            without=FOREIGN,
            log=self.log.open("wb"),
            stdin=subprocess.DEVNULL,
        )
        self._wait()
        self.session = requests.Session()
        self._sign_in(env["ADMIN_USERNAME"], env["ADMIN_PASSWORD"])

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while "is ready" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The product did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def _sign_in(self, name: str, password: str) -> None:
        self.session.get(f"{self.address}/sign-in/", timeout=30).raise_for_status()
        form = {"username": name, "password": password, "csrfmiddlewaretoken": self.csrf}
        answer = self.session.post(f"{self.address}/sign-in/", data=form, timeout=30, allow_redirects=False)
        if answer.status_code != 302:
            raise SystemExit(f"Sign-in answered {answer.status_code}.")
        overview = self.session.get(f"{self.address}/", timeout=30)
        found = re.search(r"/servers/[\w-]+/", overview.url)
        if not found:
            raise SystemExit(f"No server's page after signing in, but {overview.url}.")
        self.base = found.group(0)

    @property
    def csrf(self) -> str:
        return str(self.session.cookies["csrftoken"])

    @property
    def cookies(self) -> str:
        """For a ``Cookie`` header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)

    def web(self) -> list[int]:
        """gunicorn's processes."""
        return [pid for pid in memory.tree(self.process.pid) if b"gunicorn" in _command(pid)]

    def raw(self, method: str, path: str, headers: Iterable[str] = ()) -> str:
        """A whole request without a body as text, signed in."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {self.cookies}", *headers]
        return "\r\n".join([*lines, "", ""])


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
