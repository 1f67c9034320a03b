"""What work in the sandbox says instead of an answer; known on both sides of the pipe, so without Django."""

from __future__ import annotations


class Refused(Exception):
    """The work cannot be done with this file; ``reason`` is a word that the caller knows, never text of the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
