"""Child processes that never outlive the measurement."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Children:
    """Starts processes, each the head of its own group, and ends every group when the ``with`` block is left."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *exception: object) -> None:
        for sign, patience in ((signal.SIGTERM, 8), (signal.SIGKILL, 2)):
            for child in self.started:
                _signal_group(child, sign)
            for child in self.started:
                try:
                    child.wait(patience)
                except subprocess.TimeoutExpired:
                    continue
            if all(child.poll() is not None for child in self.started):
                return

    def start(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        log: IO[bytes] | None = None,
        **more: Any,
    ) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if name not in without}
        child = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**inherited, **(env or {})},
            stdout=more.pop("stdout", log),
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 -- no lock is touched between fork and exec
            **more,
        )
        self.started.append(child)
        return child

    def module(self, name: str, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
        """A module of this package as a process with pipes on both sides."""
        command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
        return self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)


def _signal_group(child: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    try:
        os.killpg(child.pid, sign)
    except ProcessLookupError:
        return


def ask(child: subprocess.Popen[bytes], question: Any, patience: float) -> Any:
    """Gives a process its one question and returns its answer, both JSON. Raises TimeoutExpired."""
    answer, _ = child.communicate(json.dumps(question).encode(), timeout=patience)
    if child.returncode:
        raise RuntimeError(f"{child.args!r} ended with {child.returncode}")
    return json.loads(answer)
