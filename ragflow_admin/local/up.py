"""``make run``: the web server, the worker with beat, and the stand-in RAGFlow, in one terminal.

Prepares, starts, watches and ends all processes; none is left behind, however it ends. In production a service manager
starts the same commands (docs/production.md).
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import IO

from django.core.exceptions import ImproperlyConfigured

from ragflow_admin import env
from ragflow_admin.local.listening import (
    PortUnusable,
    addresses_to_open,
    answers,
    bracketed,
    check_port,
    free_port,
    is_loopback,
    own_names,
    reachable,
)
from ragflow_admin.local.processes import Child, Children, say
from ragflow_admin.secret_file import kept_secret

MANAGE = [sys.executable, "manage.py"]
SECONDS_TO_START = 120
SECONDS_TO_STOP = 8


class CannotStart(Exception):
    """The start failed. The message is for the terminal."""


class Stopped(Exception):
    """The user stopped it before everything had started."""


class Supervisor:
    """One run, from the first check to the last process."""

    def __init__(self, settings: ModuleType) -> None:
        self.settings = settings
        self.signals = 0
        # make may be killed, or the shell may close and leave us running
        self.parent = os.getppid() if "MAKELEVEL" in os.environ else None
        self.standin_address = ""
        self.standin_ready = False
        self.worker_ready = False
        self.administrator = ""
        self.to_do: list[str] = []
        log_dir = settings.VAR_DIR / "log"
        log_dir.mkdir(exist_ok=True)
        own = ("STANDIN_API_KEYS", "STANDIN_API_KEYS_FILE")
        self.children = Children({name: value for name, value in os.environ.items() if name not in own}, log_dir)

    def run(self) -> int:
        """Run all steps; returns the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        code = 0
        try:
            self._start()
            while True:
                self._check()
                time.sleep(0.2)
        except CannotStart as reason:
            say(f"\n{reason}")
            code = 1
        except Stopped:
            pass
        asked = self.signals
        if asked:
            say("\nStopping …")
        self.children.stop(SECONDS_TO_STOP, force=lambda: self.signals > max(asked, 1))
        if self.administrator:
            say(self.administrator)  # generated, but never shown
        return code

    def _start(self) -> None:
        settings = self.settings
        say("Starting RAGFlow Admin …")
        ragflow, keys, chosen = settings.RAGFLOW_BASE_URL, "", ""
        if ragflow:
            asking = self._ask_ragflow()
            self._manage("prepare", "--show-password")
        else:
            keys = self._start_standin()
            chosen = self.standin_address
            self._manage("prepare", "--show-password", "--standin", chosen, STANDIN_API_KEYS=keys)
        self._start_web()
        self._start_worker()
        if not ragflow:
            self._until(lambda: self.standin_ready, "the stand-in")
            if self.standin_address != chosen:  # another program has taken the port since
                self._manage("bootstrap", "--show-password", "--standin", self.standin_address, STANDIN_API_KEYS=keys)
            ragflow = f"{self.standin_address} (built in: a demo without a language model)"
        # its listening address, with an accepted host name
        probe = f"http://{bracketed(reachable(settings.HOST))}:{settings.PORT}{settings.SCRIPT_NAME}/ready/"
        self._until(lambda: answers(probe, expected=200, name=settings.ALLOWED_HOSTS[0]), "the web server")
        self._until(lambda: self.worker_ready, "the worker")
        lines = [*self._addresses(), *self.administrator.splitlines(), f"RAGFlow:                 {ragflow}"]
        if settings.RAGFLOW_BASE_URL:
            self._until(lambda: not asking.is_alive(), "RAGFlow")
            lines += [f"  to do:                 {sentence}" for sentence in self.to_do]
        lines += [f"Logs:                    {self.children.log_dir}", "Press Ctrl-C to stop."]
        say("\n" + "".join(f"  {line}\n" for line in lines))
        self.administrator = ""

    def _addresses(self) -> Iterator[str]:
        """Print the addresses to open, and a warning about unencrypted passwords."""
        settings = self.settings
        first, *others = addresses_to_open(settings.HOST, settings.ALLOWED_HOSTS)
        end = f"{'' if settings.PORT == 80 else f':{settings.PORT}'}{settings.SCRIPT_NAME}"
        if settings.HTTPS_ONLY:  # behind a proxy
            yield f"RAGFlow Admin is ready:  https://{first}{settings.SCRIPT_NAME}"
            return
        yield f"RAGFlow Admin is ready:  http://{first}{end}"
        yield from (f"                    and  http://{other}{end}" for other in others)
        if not is_loopback(settings.HOST):
            yield "Not encrypted:           passwords are sent in plain text. See docs/production.md for HTTPS."

    def _ask_ragflow(self) -> threading.Thread:
        """Check RAGFlow while everything else starts, and collect advice."""
        from ragflow_admin.local.ragflow_check import problem

        settings = self.settings
        if env.text("RAGFLOW_BASE_URL").rstrip("/ ").endswith("/api/v1"):
            self.to_do.append("Remove /api/v1 from RAGFLOW_BASE_URL. It was ignored.")

        def ask() -> None:
            verify = settings.RAGFLOW_VERIFY_TLS and (settings.RAGFLOW_CA_BUNDLE or True)
            sentence = problem(settings.RAGFLOW_BASE_URL, settings.RAGFLOW_API_KEY, verify=verify)
            if sentence:
                self.to_do.append(sentence)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        return asking

    def _start_standin(self) -> str:
        """Start the stand-in in parallel to preparing, with a port chosen in advance. Returns its keys."""
        settings = self.settings
        kept = settings.VAR_DIR / "standin_key"
        keys = ",".join(settings.STANDIN_API_KEYS) or kept_secret(kept, prefix="ragflow-")
        port = free_port("127.0.0.1", preferred=9380)
        self.standin_address = f"http://127.0.0.1:{port}"
        self.children.start(
            "standin",
            [
                *(sys.executable, "-m", "ragflow_admin.standin", "--host", "127.0.0.1", "--port", str(port)),
                *("--data", str(settings.VAR_DIR / "standin"), "--release", "0.27", "--seed", "demo"),
            ],
            on_line=self._on_standin_line,
            STANDIN_API_KEYS=keys,
            SCRIPT_NAME="",
            DJANGO_SETTINGS_MODULE="ragflow_admin.standin.settings",
        )
        return keys

    def _start_web(self) -> None:
        settings = self.settings
        self.children.start(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "-c", "ragflow_admin/gunicorn.py"),
                *("--bind", f"{bracketed(settings.HOST)}:{settings.PORT}", "-w", str(settings.WEB_CONCURRENCY)),
                *("--graceful-timeout", str(SECONDS_TO_STOP - 2)),
                "ragflow_admin.wsgi",
            ],
        )

    def _start_worker(self) -> None:
        self.children.start(
            "worker",
            [
                *(sys.executable, "-m", "celery", "--quiet", "-A", "ragflow_admin", "worker"),
                *("-P", "threads", "-c", "8", "-B", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            on_line=self._on_worker_line,
        )

    def _manage(self, command: str, *arguments: str, **environment: str) -> None:
        words = [*MANAGE, command, *arguments]
        self._finish(self.children.start(command, words, self._on_manage_line, **environment))

    def _on_standin_line(self, line: str) -> bool:
        if not line.startswith('{"standin"'):
            return False
        self.standin_address = json.loads(line)["standin"]
        self.standin_ready = True
        return True

    def _on_worker_line(self, line: str) -> bool:
        self.worker_ready = self.worker_ready or line == "Worker ready"
        return line == "Worker ready"

    def _on_manage_line(self, line: str) -> bool:
        if line.startswith(("Administrator:", "Password:")):
            self.administrator += f"{line}\n"
            return True
        if line.startswith("First start:"):
            base = next(self._addresses()).split()[-1].removesuffix(self.settings.SCRIPT_NAME)
            self.administrator = f"First start:             {base}{line.rsplit(maxsplit=1)[-1]}\n"
            return True
        return False

    def _finish(self, child: Child) -> None:
        """Wait for a command to finish. Raises CannotStart if it fails."""
        while child.exit_code is None:
            self._check()
            time.sleep(0.02)
        if child.exit_code:
            words = child.tail()
            known = words.rpartition("Cannot start: ")
            raise CannotStart("".join(known[1:]) if known[1] else f"{child.name} failed:\n{words}")
        self.children.forget(child)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not condition():
            self._check()
            if time.monotonic() > deadline:
                raise CannotStart(f"Waited {SECONDS_TO_START} s for {what}; see {self.children.log_dir}.")
            time.sleep(0.05)

    def _check(self) -> None:
        if self.signals or (self.parent and os.getppid() != self.parent):
            raise Stopped
        dead = self.children.dead()
        if dead and dead.name not in ("prepare", "bootstrap"):
            raise CannotStart(f"{dead.name} exited with code {dead.exit_code}. Its last lines:\n{dead.tail()}")

    def _on_signal(self, number: int, frame: object) -> None:
        self.signals += 1


def only_one(var_dir: Path) -> IO[str]:
    """Lock ``var_dir`` until the returned file is closed. Raises CannotStart if another run holds the lock."""
    file = (var_dir / "run.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        number = file.read().strip() or "?"
        raise CannotStart(f"RAGFlow Admin is already running on the data in {var_dir}, as process {number}.") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def preset(name: str, value: str) -> bool:
    """Set a variable for all processes unless it is set; returns whether it did."""
    if env.text(name):
        return False
    os.environ[name] = value
    return True


def main() -> int:
    """Read the environment, then run until stopped."""
    os.umask(0o077)
    os.chdir(Path(__file__).parents[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragflow_admin.settings")
    os.environ["PYTHONUNBUFFERED"] = "1"
    try:
        # This server uses plain HTTP; set it to true behind a proxy with HTTPS.
        preset("HTTPS_ONLY", "false")
        preset("LOG_FORMAT", "text")
        host = env.text("HOST", "127.0.0.1")
        if not is_loopback(host) and preset("ALLOWED_HOSTS", ",".join(own_names(host))):
            say(f"Accepting the hosts {os.environ['ALLOWED_HOSTS']}; for others set ALLOWED_HOSTS.")
        from ragflow_admin import settings

        check_port(settings.HOST, settings.PORT)
        with only_one(settings.VAR_DIR):
            return Supervisor(settings).run()
    except (ImproperlyConfigured, PortUnusable, CannotStart) as reason:
        print(f"Cannot start: {reason}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
