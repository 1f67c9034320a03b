"""The product's own processes on a data folder of their own: gunicorn with gevent, and a Celery worker with beat."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import requests

from dashboard.ragflow import RAGFlow
from tests.support.processes.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a good password 1"
OURS = ("RAGFLOW_", "DATABASE_URL", "CACHE_URL", "CELERY_", "DJANGO_SETTINGS_MODULE", "ADMIN_", "SECRET_KEY")
# In one process: starting Django takes longer than both commands.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("bootstrap")
"""


class Installation:
    """``with Installation(folder, base_url, key) as own:`` migrates and bootstraps; processes are started by hand.

    ``variables`` are added to the environment (broker, cache). Everything that was started ends with the block.
    """

    def __init__(self, var_dir: Path, base_url: str, key: str, **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.var_dir = var_dir
        self.address = ""
        self.http = requests.Session()
        self.http.trust_env = False
        self.ragflow = RAGFlow(base_url, key)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._workers: list[subprocess.Popen[bytes]] = []
        self._env = kept | {
            "VAR_DIR": str(var_dir),
            "RAGFLOW_BASE_URL": base_url,
            "RAGFLOW_API_KEY": key,
            "ADMIN_USERNAME": "ada",
            "ADMIN_PASSWORD": PASSWORD,
            "HTTPS_ONLY": "false",
            "DEBUG": "true",
            "ALLOWED_HOSTS": "127.0.0.1",
            "WEB_CONCURRENCY": "1",
            **variables,
        }

    def __enter__(self) -> Self:
        self.var_dir.mkdir(parents=True, exist_ok=True)
        env = self._env | {"DJANGO_SETTINGS_MODULE": "ragflow_admin.settings"}
        subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.http.close()
        for process in self._processes:
            self.kill(process)

    def web(self) -> subprocess.Popen[bytes]:
        """Starts the web server, waits until it answers, and signs in."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        command = ["gunicorn", "-c", "ragflow_admin/gunicorn.py", "--bind", f"127.0.0.1:{port}", "ragflow_admin.wsgi"]
        process = self._start("web", command)
        wait_until(self._answers)
        form = self.http.get(f"{self.address}/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token
        answer = self.http.post(
            f"{self.address}/sign-in/",
            data={"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
            allow_redirects=False,
        )
        assert answer.status_code == 302, answer.text
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        """Starts a worker with beat, as ``make run`` does."""
        options = ["-P", "threads", "-c", "4", "-B", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self._workers.append(self._start("worker", ["celery", "--quiet", "-A", "ragflow_admin", "worker", *options]))
        return self._workers[-1]

    def stop_workers(self) -> None:
        """Ends what ``worker`` started."""
        while self._workers:
            self.kill(self._workers.pop())

    def forget_runs(self) -> None:
        """An installation that has never parsed anything."""
        for table in ("parseddocument", "parserun", "watch", "jobitem", "job"):
            self.rows(f"DELETE FROM dashboard_{table}")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL for the process and its children, as when the machine fails."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        """A request of the signed-in administrator, with the CSRF header."""
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "Referer": self.address, **options.pop("headers", {})}
        return self.http.request(method, self.address + url, headers=headers, timeout=60, **options)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the product's database holds."""
        connection = sqlite3.connect(self.var_dir / "db.sqlite3", timeout=10)
        try:
            with connection:
                return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def log(self, name: str) -> str:
        return (self.var_dir / f"{name}.log").read_text()

    def _answers(self) -> bool:
        try:
            return self.http.get(f"{self.address}/health/", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def _start(self, name: str, module: list[str]) -> subprocess.Popen[bytes]:
        with (self.var_dir / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return process
