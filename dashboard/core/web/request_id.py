"""The id that connects the log lines of one request or task."""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar

NONE = "-"
current: ContextVar[str] = ContextVar("request_id", default=NONE)


def new() -> str:
    """A new id of 12 hexadecimal digits."""
    return secrets.token_hex(6)


class RequestIdFilter(logging.Filter):
    """Adds the current id to every log record.

    Django logs rejected requests (``django.request``) after all middleware has run; their id is read from the request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        known = current.get()
        record.request_id = known if known != NONE else getattr(getattr(record, "request", None), "request_id", NONE)
        return True
