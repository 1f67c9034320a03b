"""Child processes of ``make run``: starts them, reads their output, and ends them with all their descendants."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from ragflow_admin.local import guard

LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
LOUD = ("WARNING", "ERROR", "CRITICAL")
LOG_LIMIT = 5 * 1024 * 1024


def say(text: str) -> None:
    """Print, ignoring a closed terminal so that stopping is not interrupted."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


class Child:
    """One process and its descendants in their own session, so that Ctrl-C reaches only the supervisor.

    All output goes to ``log``; warnings and errors are also printed with the ``name``, except while ``stopping``. A
    line for which ``on_line`` returns True is for the supervisor only and is not logged: it may contain a password.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: dict[str, str],
        log: Path,
        on_line: Callable[[str], bool] | None = None,
    ) -> None:
        self.name = name
        self.last_lines: deque[str] = deque(maxlen=20)
        self.stopping = False
        self._on_line = on_line
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        self._log = log.open("ab", buffering=0)
        self.process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for raw in self.process.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            if self._on_line and self._on_line(line):
                continue
            self._write(line)
            self.last_lines.append(line)
            level = LEVEL.search(line[:80])
            # continuation lines without a level, such as tracebacks, only go to the log
            if level and level[1] in LOUD and not self.stopping:
                say(f"{self.name:8} | {line}")

    def _write(self, line: str) -> None:
        """Write to the log if possible. Errors are ignored: to stop reading would block the child."""
        with contextlib.suppress(OSError):
            self._log.write(f"{line}\n".encode())

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self.process.poll()

    def tail(self) -> str:
        """The last lines of its complete output, indented."""
        self._listener.join(timeout=1)
        return "\n".join(f"    {line}" for line in self.last_lines)

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        return self.process.wait()

    def terminate(self) -> None:
        """Ask the process, without its descendants, to terminate."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill_group(self) -> None:
        """Kill the process and its remaining descendants."""
        guard.send(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._listener.join(timeout=1)
        self._log.close()


class Children:
    """All children of one run. A guard process kills them if this process is killed."""

    def __init__(self, env: dict[str, str], log_dir: Path) -> None:
        self.env = env
        self.log_dir = log_dir
        self.running: list[Child] = []
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(
        self, name: str, command: Sequence[str], on_line: Callable[[str], bool] | None = None, **env: str
    ) -> Child:
        """Start ``command``; ``env`` is added to the common environment."""
        child = Child(name, command, {**self.env, **env}, self.log_dir / f"{name}.log", on_line)
        self._tell_guard(str(child.process.pid))
        self.running.append(child)
        return child

    def forget(self, child: Child) -> None:
        """Remove a finished child from the list."""
        child.kill_group()
        self.running.remove(child)

    def dead(self) -> Child | None:
        """A child that has ended unexpectedly, else None."""
        return next((child for child in self.running if child.exit_code is not None), None)

    def stop(self, patience: float, force: Callable[[], bool]) -> None:
        """End all children: terminate them first, kill them after ``patience`` seconds or once ``force()``."""
        for child in self.running:
            child.stopping = True
            child.terminate()
        deadline = time.monotonic() + patience
        while any(child.exit_code is None for child in self.running):
            if time.monotonic() > deadline or force():
                break
            time.sleep(0.05)
        for child in self.running:
            child.kill_group()
        self.running.clear()
        self._tell_guard("done")
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin and self._guard.poll() is None:
            os.write(self._guard.stdin.fileno(), f"{line}\n".encode())
