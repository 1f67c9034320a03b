"""Django's SQLite backend with connections that are kept: see ``base``."""

from __future__ import annotations
