"""The server wakes the parsing process through a pipe; when the pipe closes, the process ends."""

from __future__ import annotations

import contextlib
from typing import IO

_pipe: IO[bytes] | None = None


def hang(pipe: IO[bytes]) -> None:
    """Tells where to ring: the parsing process's standard input."""
    global _pipe  # noqa: PLW0603
    _pipe = pipe


def ring() -> None:
    """There is something to do, or a setting has changed."""
    if _pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            _pipe.write(b"!")
            _pipe.flush()
