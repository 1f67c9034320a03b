"""The dashboard as in production: gunicorn with two gevent processes, on fresh data, with a signed-in user."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60
FOREIGN = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "WEB_CONCURRENCY")


class Web:
    """A context manager. ``pids`` are those of the two processes that answer."""

    def __init__(self, var_dir: Path, ragflow_url: str, api_key: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.base = "/servers/ragflow/assistants/"
        self._log = var_dir / "web.log"
        self._env = {name: value for name, value in os.environ.items() if name not in FOREIGN} | {
            "VAR_DIR": str(var_dir),
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "HTTPS_ONLY": "false",
            "DEBUG": "false",
            "LOG_FORMAT": "text",
            "ALLOWED_HOSTS": "127.0.0.1",
            "RAGFLOW_BASE_URL": ragflow_url,
            "RAGFLOW_API_KEY": api_key,
            "ADMIN_USERNAME": "ada",
            "ADMIN_PASSWORD": "a password for chats 1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        prepare = [sys.executable, "manage.py", "prepare"]
        subprocess.run(prepare, cwd=ROOT, env=self._env, check=True, stdout=subprocess.DEVNULL)
        command = [sys.executable, "-m", "gunicorn", "-c", "ragflow_admin/gunicorn.py", "ragflow_admin.wsgi"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if requests.get(f"{self.address}/health/", timeout=PATIENCE).ok:
                    return self
            except requests.RequestException:
                time.sleep(0.1)
        self.__exit__(None, None, None)
        raise RuntimeError(f"The dashboard did not start:\n{self._log.read_text()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Kills the processes that answer, as the kernel does when there is no memory; others take their place."""
        assert self._process is not None
        task = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in task.read_text(encoding="ascii").split():
            os.kill(int(pid), signal.SIGKILL)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def person(self) -> Person:
        """Somebody signed in, with connections of their own."""
        return Person(self)


class Person:
    """Asks and reads as the chat page's script does."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.http = requests.Session()
        self.http.trust_env = False
        page = self.http.get(f"{web.address}/sign-in/", timeout=30)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text
        answer = self.http.post(
            f"{web.address}/sign-in/",
            {"username": "ada", "password": "a password for chats 1", "csrfmiddlewaretoken": token[1]},
            timeout=30,
        )
        assert "sessionid" in self.http.cookies, answer.text

    def get(self, path: str, **headers: str) -> requests.Response:
        # A connection of its own, so that either process may answer.
        return self.http.get(f"{self.web.address}{path}", headers={"Connection": "close", **headers}, timeout=PATIENCE)

    def post(self, path: str, data: dict[str, Any], *, htmx: bool = True) -> requests.Response:
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "Connection": "close"}
        if htmx:
            headers["HX-Request"] = "true"
        return self.http.post(f"{self.web.address}{path}", data, headers=headers, timeout=PATIENCE)

    def ask(self, session_path: str, question: str) -> Asked:
        """The question as the composer sends it."""
        answer = self.post(f"{session_path}ask/", {"question": question})
        assert answer.status_code == 200, answer.text
        return Asked(self, answer.text)


class Asked:
    """A question that was taken: ``html`` is what the page got for it."""

    def __init__(self, person: Person, html: str) -> None:
        self.person = person
        self.html = html
        self.stream_path = _attribute(html, "data-stream")
        self.stop_path = _attribute(html, "data-stop")

    def follow(self) -> Following:
        return Following(self.person, self.stream_path)

    def stop(self) -> None:
        assert self.person.post(self.stop_path, {}).status_code == 204


class Following:
    """An open stream of an answer, read event by event: (name, data)."""

    def __init__(self, person: Person, path: str) -> None:
        self.response = person.http.get(
            f"{person.web.address}{path}", headers={"Connection": "close"}, stream=True, timeout=PATIENCE
        )
        assert self.response.headers["Content-Type"].startswith("text/event-stream"), self.response.text

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        rest = b""
        while True:
            piece = self.response.raw.read1(65536)
            if not piece:
                return
            *blocks, rest = (rest + piece).split(b"\n\n")
            for block in blocks:
                fields = dict(line.split(b":", 1) for line in block.split(b"\n") if not line.startswith(b":"))
                if b"data" in fields:
                    name = fields.get(b"event", b"text").decode()
                    yield name, json.loads(fields[b"data"])

    def until(self, wanted: str) -> Any:
        """The data of the next event of that name."""
        for name, data in self:
            if name == wanted:
                return data
        raise AssertionError(f"the stream ended without {wanted!r}")

    def end(self) -> dict[str, Any]:
        """The data of the last event."""
        data: dict[str, Any] = self.until("end")
        return data

    def leave(self) -> None:
        """As a browser whose tab is closed."""
        self.response.close()


def _attribute(html: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]+)"', html)
    assert found, html
    return found[1]
