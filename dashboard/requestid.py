"""The id that ties together the log lines of one request or task."""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar

current: ContextVar[str] = ContextVar("request_id", default="-")


def new() -> str:
    """A fresh id of 12 hexadecimal digits."""
    return secrets.token_hex(6)


class RequestIdFilter(logging.Filter):
    """Puts the current id on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True
