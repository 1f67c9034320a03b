"""Starts a stand-in in its own process and controls it, for tests and measurements."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import requests

RELEASE_PATHS = ("/api/v1/system/version", "/v1/system/version", "/api/v1/language")
ROOT = Path(__file__).resolve().parents[2]


class StandinProcess:
    """A running stand-in: `with StandinProcess() as standin: …`.

    `release` is the RAGFlow that it is ("0.24" or "0.27"). `keys` are the API keys (each its own tenant), `seed` as on
    the command line, `speed` the parsing pace (50 is fifty times the real server's), `frame_delay` the seconds between
    frames of an answer. `base_url` has no slash at the end, `key` is the first key.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        *,
        keys: Sequence[str] = ("ragflow-standin-test-key",),
        release: str = "0.24",
        seed: str | None = None,
        env: Mapping[str, str] | None = None,
        speed: float = 50,
        frame_delay: float = 0.005,
        port: int = 0,
    ) -> None:
        self._temporary = None if data_dir else tempfile.TemporaryDirectory(prefix="standin-")
        self.data_dir = Path(data_dir or (self._temporary.name if self._temporary else ""))
        self.keys = tuple(keys)
        self.key = self.keys[0]
        # The HTTP method by which documents and chunks are changed.
        self.change = "PUT" if release == "0.24" else "PATCH"
        self.base_url = ""
        self._command = [sys.executable, "-m", "ragflow_admin.standin", "--port", str(port)]
        self._command += ["--data", str(self.data_dir), "--release", release, *(["--seed", seed] if seed else [])]
        self._env = {
            **os.environ,
            "STANDIN_API_KEYS": ",".join(self.keys),
            "STANDIN_SPEED": str(speed),
            "STANDIN_FRAME_DELAY": str(frame_delay),
            "STANDIN_DATA": str(self.data_dir.resolve()),
            "STANDIN_RELEASE": release,
            "DJANGO_SETTINGS_MODULE": "ragflow_admin.standin.settings",
            "PYTHONPATH": str(ROOT),
            **(env or {}),
        }
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def start(self) -> None:
        """Starts the process and waits until it is ready. Raises RuntimeError if it ends instead."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        out: IO[str] | None = self._process.stdout
        line = out.readline() if out else ""
        if not line.startswith("{"):
            self.stop()
            raise RuntimeError(f"the stand-in did not start: {line!r}")
        self.base_url = json.loads(line)["standin"]

    def stop(self) -> None:
        """Sends SIGTERM and waits for the end. The data is kept unless it is temporary."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def kill(self) -> None:
        """Sends SIGKILL, as if the machine had failed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Starts a new process with the same data and address."""
        port = self.base_url.rsplit(":", 1)[-1]
        self.stop()
        self._command[self._command.index("--port") + 1] = port
        self.start()

    @property
    def pid(self) -> int:
        """The process id of the HTTP process, for measuring its memory."""
        return self._process.pid if self._process else 0

    def _control(self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> Any:
        answer = self._http.request(method, f"{self.base_url}/_standin/{path}", json=body, params=query, timeout=30)
        data = answer.json()
        if data["code"] != 0:
            raise ValueError(data["message"])
        return data.get("data")

    def new_key(self, key: str | None = None) -> str:
        """Creates an empty tenant; returns its key."""
        return str(self._control("POST", "keys", {"key": key} if key else {})["key"])

    def fill(
        self, key: str, *, datasets: Sequence[Any] = (), chats: Sequence[Any] = (), groups: Sequence[Any] = ()
    ) -> dict[str, Any]:
        """Creates objects in a key's tenant without checks (`control/filling.py`); returns their ids."""
        given = {"key": key, "datasets": datasets, "chats": chats, "groups": groups}
        made: dict[str, Any] = self._control("POST", "fill", given)
        return made

    def requests(self, key: str | None = None) -> list[dict[str, Any]]:
        """Requests received since the last reset, oldest first: at, method, path, query, key, content_type, json.

        The question for the release is left out: each process asks it about once a minute, whatever it does.
        """
        rows: list[dict[str, Any]] = self._control("GET", "requests", query={"key": key} if key else None)
        return [row for row in rows if row["path"] not in RELEASE_PATHS]

    def reset_requests(self) -> None:
        self._control("DELETE", "requests")

    def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str = "",
        seconds: float = 0,
        times: int | None = None,
        after: int | None = None,
        code: int | None = None,
        message: str | None = None,
        key: str | None = None,
    ) -> None:
        """Injects a fault into requests with a matching method and path (a regular expression); `times` None: until
        cleared.

        Kinds: slow, error500, html, half_json, data_false, code, unauthorized, drop, cut_stream, no_final_frame,
        no_terminator, stall, error_answer, error_midway, answer, think, think_twice, unordered. A later fault
        takes precedence.
        """
        body = {
            "kind": kind, "method": method, "path": path, "seconds": seconds, "times": times, "after": after,
            "code": code, "message": message, "key": key,
        }  # fmt: skip
        self._control("POST", "faults", body)

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def reset(self) -> None:
        """Clears faults and counted requests, and makes parsing fast. Stored data is kept."""
        self._control("POST", "reset", {"speed": 20})

    def parsing(self, speed: float | None = None, paused: bool | None = None) -> None:
        """Sets the pace of parsing (1 is that of the real server), and whether it is paused."""
        self._control("POST", "parsing", {"speed": speed, "paused": paused})

    def become(self, release: str) -> None:
        """Answers as another release from now on, as after an upgrade."""
        self._control("POST", "release", {"release": release})

    def answering(self, frame_delay: float) -> None:
        """Sets the seconds between two frames of a streamed answer."""
        self._control("POST", "answers", {"frame_delay": frame_delay})
