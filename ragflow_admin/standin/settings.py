"""Settings of the stand-in's own process. Everything comes from the environment that `serve.py` prepares."""

from __future__ import annotations

import os
from pathlib import Path

DATA_DIR = Path(os.environ.get("STANDIN_DATA", "var/standin")).resolve()

SECRET_KEY = "the stand-in signs nothing"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "ragflow_admin.standin.face027.urls"
MIDDLEWARE = ["ragflow_admin.standin.control.faces.by_release"]
INSTALLED_APPS = ["ragflow_admin.standin.store.apps.StoreConfig"]
APPEND_SLASH = False
TIME_ZONE = os.environ.get("TZ") or "UTC"
USE_TZ = True
USE_I18N = False
# Large JSON bodies are allowed; uploads are read by the stand-in's own multipart reader.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "standin.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
        },
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("STANDIN_LOG_LEVEL", "WARNING")},
    # Unknown paths are normal here, so don't log them.
    "loggers": {"django.request": {"level": "CRITICAL"}, "pypdf": {"level": "CRITICAL"}},
}
