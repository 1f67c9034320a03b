"""The id that ties together the log lines of one request or task."""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar

NONE = "-"
current: ContextVar[str] = ContextVar("request_id", default=NONE)


def new() -> str:
    """A fresh id of 12 hexadecimal digits."""
    return secrets.token_hex(6)


class RequestIdFilter(logging.Filter):
    """Puts the current id on every log record.

    Django logs refused requests (``django.request``) after all middleware has ended: then the request itself tells it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        known = current.get()
        record.request_id = known if known != NONE else getattr(getattr(record, "request", None), "request_id", NONE)
        return True
