"""The configuration of logging. Every line contains the id of its request."""

from __future__ import annotations

from typing import Any


def config(level: str, form: str) -> dict[str, Any]:
    """The configuration for ``logging.config.dictConfig``; ``form`` is TEXT or JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "dashboard.core.web.request_id.RequestIdFilter"}},
        "formatters": {
            "TEXT": {"format": "{asctime} {levelname:7} {request_id} {name}: {message}", "style": "{"},
            "JSON": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "{asctime}{levelname}{name}{message}{request_id}",
                "style": "{",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request_id"]}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "dashboard": {"level": level},
            "ragflow_admin": {"level": level},
            "celery": {"level": "INFO" if level == "DEBUG" else "WARNING"},
            "django.server": {"level": "WARNING"},
        },
    }
