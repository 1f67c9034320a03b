"""Values from the environment, read strictly.

A value that is not understood stops the start with the variable's name and what would be right. Every
variable may also be given as ``NAME_FILE``, the path of a file that holds the value.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

DATABASES = ("sqlite", "postgres", "postgresql", "psql", "pgsql")
CACHES = ("disk", "redis", "rediss")
BROKERS = ("filesystem", "redis", "rediss", "amqp", "amqps", "memory")


def text(name: str, default: str = "") -> str:
    """The variable's text, or what the file named by ``NAME_FILE`` holds, without the line end.

    Raises ImproperlyConfigured when that file cannot be read, or when both forms are given.
    """
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name, default)
    if name in os.environ:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path!r} cannot be read: {error.strerror}.") from error


def boolean(name: str, *, default: bool) -> bool:
    """True or False; anything else than true/false/1/0/yes/no/on/off stops the start."""
    value = text(name)
    if not value:
        return default
    if value.lower() in ("true", "1", "yes", "on"):
        return True
    if value.lower() in ("false", "0", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not understood: use true or false.")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name}={value!r} is not right: use a whole number from {low} to {high}.")
    return number


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, in any case."""
    value = text(name, default).upper()
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is not right: use one of {', '.join(choices)}.")
    return value


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def address(name: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An address with one of ``schemes``, without a trailing slash; empty when not set."""
    value = text(name).rstrip("/")
    if value:
        _check_scheme(name, value, schemes)
        parts = urlsplit(value)
        if not parts.hostname:
            raise ImproperlyConfigured(f"{name}={value!r} has no host: use for example http://ragflow:9380.")
        if parts.username or parts.password:
            raise ImproperlyConfigured(f"{name} must not hold a user name or password.")
    return value


def origins(name: str) -> list[str]:
    """A comma-separated list of origins such as https://admin.example.org."""
    found = names(name, [])
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ImproperlyConfigured(
                f"{name}: {origin!r} is not an origin: use scheme and host, such as https://admin.example.org."
            )
    return found


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a database address (sqlite:///path or postgresql://user:password@host/name)."""
    value = text(name, default)
    _check_scheme(name, value, DATABASES)
    config: dict[str, Any] = Env.db_url_config(value)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # Without these, 50 writers at once see a quarter of their writes fail with "locked".
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        config["CONN_HEALTH_CHECKS"] = True
        config["CONN_MAX_AGE"] = 60
    return config


def cache(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a cache address (disk:///path or redis://host:6379/1)."""
    value = text(name, default)
    scheme = _check_scheme(name, value, CACHES)
    if scheme == "disk":
        return {
            "BACKEND": "diskcache.DjangoCache",
            "LOCATION": value.removeprefix("disk://"),
            "TIMEOUT": 300,
            "OPTIONS": {"size_limit": 256 * 1024 * 1024},
        }
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": value, "TIMEOUT": 300}


def broker(name: str, default: str) -> str:
    """The address of Celery's broker."""
    value = text(name, default)
    _check_scheme(name, value, BROKERS)
    return value


def secret_key(name: str, keep_in: Path) -> str:
    """The secret key, from the environment or else made once and kept in a file only its owner can read."""
    value = text(name)
    if value:
        if len(value) < 32:
            raise ImproperlyConfigured(f"{name} is too short: use at least 32 characters.")
        return value
    try:
        descriptor = os.open(keep_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return keep_in.read_text(encoding="ascii").strip()
    value = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value)
    return value


def _check_scheme(name: str, value: str, schemes: tuple[str, ...]) -> str:
    scheme = value.split("://", 1)[0].lower() if "://" in value else ""
    if scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} is not right: it must begin with one of {', '.join(f'{s}://' for s in schemes)}."
        )
    return scheme
