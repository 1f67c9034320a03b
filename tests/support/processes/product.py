"""The whole product, started as ``make run`` starts it: web server, worker with beat, stand-in with the demo."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[3]
SECONDS_TO_START = 120
USERNAME, PASSWORD = "ada", "a password for the story 1"


class RunningProduct:
    """Starts on a free port with a data folder of its own; ``address`` is where it answers. A context manager.

    ``variables`` are added to its environment.
    """

    def __init__(self, var_dir: Path, **variables: str) -> None:
        self.var_dir = var_dir
        self.variables = variables
        self.address = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> RunningProduct:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        mine = ("RAGFLOW_", "DATABASE_URL", "CACHE_URL", "CELERY_", "DJANGO_SETTINGS_MODULE", "MAKELEVEL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
        own = {"VAR_DIR": str(self.var_dir), "PORT": str(port), "HOST": "127.0.0.1"}
        person = {"ADMIN_USERNAME": USERNAME, "ADMIN_PASSWORD": PASSWORD}
        log = self.var_dir / "up.log"
        self.var_dir.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ragflow_admin.local.up"],
                cwd=ROOT,
                env={**kept, **own, **person, "HTTPS_ONLY": "false", "DEBUG": "false", **self.variables},
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            found = re.search(r"is ready:\s+(http://\S+)", log.read_text())
            if found:
                self.address = found[1]
                return self
            time.sleep(0.1)
        self.__exit__(None, None, None)
        raise RuntimeError(f"The product did not start:\n{log.read_text()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
