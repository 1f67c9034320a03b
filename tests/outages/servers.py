"""A Redis and a PostgreSQL of a test's own, to be stopped, held and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from tests.support.processes.ports import free_port
from tests.support.processes.waiting import wait_until


class OwnServer:
    """``with OwnRedis(folder) as server:`` runs it until the block ends. ``url`` stays the same over restarts."""

    url: str
    command: list[str]
    user: str | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it answers."""
        if self._process is None:
            with (self.folder / "server.log").open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    user=self.user,
                    group=self.user,
                    extra_groups=[] if self.user else None,
                )
        wait_until(self.answers)

    def stop(self) -> None:
        """Ends it in an orderly way: connections are closed."""
        if self._process is not None:
            self.go_on()
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def hold(self) -> None:
        """Lets it answer nothing any more, while its connections stay open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def answers(self) -> bool:
        raise NotImplementedError

    def _signal(self, number: int) -> None:
        for pid in self._processes(self._process.pid) if self._process else []:
            with contextlib.suppress(ProcessLookupError):  # one that served a connection ends with it
                os.kill(pid, number)

    def _processes(self, pid: int) -> list[int]:
        return [pid]


class OwnRedis(OwnServer):
    """Without any persistence."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url, socket_timeout=1).ping())
        except redis.RedisError:
            return False


class OwnPostgres(OwnServer):
    """As root it runs as the user postgres, whom pytest's own folders would keep out."""

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="own-postgres-")))
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        other: dict[str, Any] = {}
        if os.getuid() == 0:
            self.user = "postgres"
            shutil.chown(self.folder, "postgres")
            other = {"user": "postgres", "group": "postgres", "extra_groups": []}
        make = [program("initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(make, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **other)
        self.command = [program("postgres"), "-D", "data", "-p", str(self.port), "-c", "fsync=off"]
        self.command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__()
        shutil.rmtree(self.folder)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _processes(self, pid: int) -> list[int]:
        # Each of them has a group of its own.
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [pid, *map(int, children)]


def program(name: str) -> str:
    """The path of a server's program, "" when it is not installed. Debian keeps PostgreSQL's off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or ""
