"""The configuration of logging. Every line contains the id of its request."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

# The addresses of links that set a password (dashboard/accounts/people/links.py).
LINK: Final = re.compile(r"(/(?:join|reset|s)/)[\w.-]{8,}")


class WithoutLinks(logging.Filter):
    """Takes the tokens of links out of messages: whoever reads them could set somebody's password."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if LINK.search(message):
            record.msg, record.args = LINK.sub(r"\1…", message), ()
        return True


def config(level: str, form: str) -> dict[str, Any]:
    """The configuration for ``logging.config.dictConfig``; ``form`` is TEXT or JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "dashboard.core.web.request_id.RequestIdFilter"},
            "links": {"()": "ragflow_admin.logs.WithoutLinks"},
        },
        "formatters": {
            "TEXT": {"format": "{asctime} {levelname:7} {request_id} {name}: {message}", "style": "{"},
            "JSON": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "{asctime}{levelname}{name}{message}{request_id}",
                "style": "{",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            },
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request_id", "links"]}
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "dashboard": {"level": level},
            "ragflow_admin": {"level": level},
            "celery": {"level": "INFO" if level == "DEBUG" else "WARNING"},
            "django.server": {"level": "WARNING"},
        },
    }
