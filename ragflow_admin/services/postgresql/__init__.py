"""Django's PostgreSQL backend with a pool that survives server restarts: see ``base``."""

from __future__ import annotations
