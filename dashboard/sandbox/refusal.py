"""The error that sandboxed code reports. Imported on both sides of the pipe, so it needs no Django."""

from __future__ import annotations


class Refused(Exception):
    """The file cannot be processed; ``reason`` is a keyword known to the caller, never text from the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
