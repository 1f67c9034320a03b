"""The server wakes the parsing process through a pipe; when the pipe closes, the process ends."""

from __future__ import annotations

import contextlib
from typing import IO

_pipe: IO[bytes] | None = None


def connect(pipe: IO[bytes]) -> None:
    """Remember where to write: the parsing process's standard input."""
    global _pipe  # noqa: PLW0603
    _pipe = pipe


def notify() -> None:
    """Wake the parsing process: there is something to do, or a setting has changed."""
    if _pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            _pipe.write(b"!")
            _pipe.flush()
