"""The addresses of database, cache and queue as settings for Django and Celery."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured
from environ import Env

from ragflow_admin.env import check_address, text

DATABASES = ("sqlite", "postgres", "postgresql", "psql", "pgsql")
CACHES = ("disk", "redis", "rediss")
BROKERS = ("filesystem", "redis", "rediss", "amqp", "amqps", "memory")
# Seconds that a page waits for PostgreSQL before it reports an outage.
PATIENCE = 3
# Without these, a quarter of the writes of 50 concurrent writers fail with "locked".
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(name: str, default_file: Path) -> dict[str, Any]:
    """Django's settings for a database address (sqlite:///path or postgresql://user:password@host/name)."""
    value = text(name)
    if not value:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_file), "OPTIONS": SQLITE}
    example = "postgresql://user:password@host/name"
    if check_address(name, value, DATABASES, example, without_host=("sqlite",)) == "sqlite":
        file = unquote(value.partition("://")[2].removeprefix("/"))
        if not file:
            raise ImproperlyConfigured(
                f"{name} names no file: use for example sqlite:////srv/ragflow-admin/db.sqlite3."
            )
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": SQLITE}
    config: dict[str, Any] = Env.db_url_config(value)
    if not config["NAME"]:
        raise ImproperlyConfigured(f"{name} names no database: use {example}.")
    # A pool, because otherwise every greenlet would keep a connection. Waiting for one times out soon, and the kernel
    # detects a server that disappeared without closing the connection (in milliseconds).
    waits = {"connect_timeout": PATIENCE, "tcp_user_timeout": PATIENCE * 1000}
    pool = {"min_size": 1, "max_size": 16, "timeout": PATIENCE, "reconnect_timeout": PATIENCE}
    options = {**waits, **config.get("OPTIONS", {}), "pool": pool}
    return config | {"ENGINE": "ragflow_admin.services.postgresql", "OPTIONS": options}


def cache(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a cache address (disk:///path or redis://host:6379/1)."""
    value = text(name, default)
    if check_address(name, value, CACHES, "redis://host:6379/1", without_host=("disk",)) == "disk":
        backend, value = "ragflow_admin.local.diskcache.DiskCache", value.removeprefix("disk://")
    else:
        backend = "ragflow_admin.services.cache.RedisCache"
    return {"BACKEND": backend, "LOCATION": value, "TIMEOUT": 300}


def broker(name: str, default: str) -> str:
    """The address of Celery's broker."""
    value = text(name, default)
    check_address(name, value, BROKERS, "redis://host:6379/0", without_host=("filesystem", "memory"))
    return value


def transport(broker: str, folder: Path) -> tuple[str | None, dict[str, Any]]:
    """Celery's transport for a broker (None for kombu's own), and its options. ``folder`` stores messages as files."""
    if broker.startswith("filesystem://"):
        control = folder / "control"
        control.mkdir(parents=True, exist_ok=True)
        folders = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(control)}
        return "ragflow_admin.local.filequeue:Transport", folders | {"polling_interval": 0.1}
    if broker.startswith("redis"):
        # Longer than the worker's wait for the next message (1 s), since every idle second would otherwise be an error.
        return None, {"socket_connect_timeout": 2, "socket_timeout": 5, "socket_keepalive": True}
    return None, {}
