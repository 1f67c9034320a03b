"""Values from the environment, read strictly.

A value that is not understood stops the start with the variable's name and what would be right. Every
variable may also be given as ``NAME_FILE``, the path of a file that holds the value.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environ import Env

DATABASES = ("sqlite", "postgres", "postgresql", "psql", "pgsql")
CACHES = ("disk", "redis", "rediss")
BROKERS = ("filesystem", "redis", "rediss", "amqp", "amqps", "memory")
# Seconds that a page waits for PostgreSQL before it says that it cannot be reached.
PATIENCE = 3


def text(name: str, default: str = "") -> str:
    """The variable's text, or what the file named by ``NAME_FILE`` holds, without the line end.

    Set to nothing counts as not set, as compose files like to do it. Raises ImproperlyConfigured when that file
    cannot be read or is empty, or when both forms are given.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if not path:
        return value or default
    if value:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ImproperlyConfigured(f"{name}_FILE={path!r} cannot be read: {reason}.") from error
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE={path!r} is empty: put the value into it.")
    return value


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


def days(name: str, default: int) -> int:
    """A number of days, up to a hundred years; 0 is for ever."""
    return integer(name, default, low=0, high=36525)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, in any case."""
    value = text(name, default).upper()
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is not right: use one of {', '.join(choices)}.")
    return value


def time_zone(name: str, default: str) -> str:
    """The name of a time zone, such as ``Europe/Berlin``."""
    value = text(name, default)
    if value not in available_timezones():
        raise ImproperlyConfigured(
            f"{name}={value!r} is not right: use the name of a time zone, such as Europe/Berlin."
        )
    return value


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def address(name: str, *, without: str = "") -> str:
    """An http address without a trailing slash; empty when not set.

    ``without`` is a path that people take for a part of it: it is left out at the end.
    """
    value = text(name).strip()
    if value:
        _check_scheme(name, value, ("http", "https"))
        _check_host(name, value, "http://ragflow:9380")
        parts = urlsplit(value)
        if parts.username or parts.password:
            raise ImproperlyConfigured(f"{name} must not hold a user name or password.")
        if parts.query or parts.fragment:
            raise ImproperlyConfigured(
                f"{name} must end with the host, its port or a path: leave out what follows ? or #."
            )
    return value.rstrip("/").removesuffix(without).rstrip("/")


def path_prefix(name: str) -> str:
    """The beginning of all paths, such as ``/ragflow-admin``, without a slash at its end; empty when not set."""
    value = text(name).rstrip("/")
    if value and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", value):
        raise ImproperlyConfigured(f"{name}={value!r} is not right: use a path such as /ragflow-admin.")
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


def database(name: str, default_file: Path) -> dict[str, Any]:
    """Django's settings for a database address (sqlite:///path or postgresql://user:password@host/name)."""
    value = text(name)
    if not value or _check_scheme(name, value, DATABASES) == "sqlite":
        file = value.partition("://")[2].removeprefix("/") if value else str(default_file)
        if not file:
            raise ImproperlyConfigured(
                f"{name} names no file: use for example sqlite:////srv/ragflow-admin/db.sqlite3."
            )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(file) if value else file,
            # Without these, 50 writers at once see a quarter of their writes fail with "locked".
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    _check_host(name, value, "postgresql://user:password@host/name")
    config: dict[str, Any] = Env.db_url_config(value)
    if not config["NAME"]:
        raise ImproperlyConfigured(f"{name} names no database: use postgresql://user:password@host/name.")
    config["ENGINE"] = "ragflow_admin.postgresql"
    # A pool, because every greenlet would otherwise keep a connection of its own. Who waits for one in vain is told
    # soon. A server that went away without a word is noticed by the kernel (milliseconds).
    waits = {"connect_timeout": PATIENCE, "tcp_user_timeout": PATIENCE * 1000}
    pool = {"min_size": 1, "max_size": 16, "timeout": PATIENCE, "reconnect_timeout": PATIENCE}
    config["OPTIONS"] = {**waits, **config.get("OPTIONS", {}), "pool": pool}
    return config


def cache(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a cache address (disk:///path or redis://host:6379/1)."""
    value = text(name, default)
    scheme = _check_scheme(name, value, CACHES)
    if scheme == "disk":
        return {
            "BACKEND": "ragflow_admin.local.diskcache.DiskCache",
            "LOCATION": value.removeprefix("disk://"),
            "TIMEOUT": 300,
            "OPTIONS": {"max_bytes": 256 * 1024 * 1024},
        }
    _check_host(name, value, "redis://host:6379/1")
    return {"BACKEND": "ragflow_admin.cache.RedisCache", "LOCATION": value, "TIMEOUT": 300}


def broker(name: str, default: str) -> str:
    """The address of Celery's broker."""
    value = text(name, default)
    if _check_scheme(name, value, BROKERS) not in ("filesystem", "memory"):
        _check_host(name, value, "redis://host:6379/0")
    return value


def directory(name: str, default: Path) -> Path:
    """A directory that is made if it is not there, for its owner alone."""
    path = Path(text(name, str(default))).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={str(path)!r} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}={str(path)!r} cannot be written to: give it to the user who starts this.")
    return path


def secret_key(name: str, keep_in: Path) -> str:
    """The secret key, from the environment or else made once and kept."""
    value = text(name)
    if not value:
        return kept_secret(keep_in)
    if len(value) < 32:
        raise ImproperlyConfigured(f"{name} is too short: use at least 32 characters.")
    return value


def kept_secret(path: Path, prefix: str = "") -> str:
    """A random text, made once and kept in a file that only its owner can read.

    Whole from the first moment: of several processes that start at once, one makes it and all read the same.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(prefix + secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise ImproperlyConfigured(f"{path} is empty: remove it, and a new one is made.")
    return value


def _check_scheme(name: str, value: str, schemes: tuple[str, ...]) -> str:
    scheme = value.split("://", 1)[0].lower() if "://" in value else ""
    if scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} is not right: it must begin with one of {', '.join(f'{s}://' for s in schemes)}."
        )
    return scheme


def _check_host(name: str, value: str, example: str) -> None:
    # the value may hold a password: it is not repeated
    try:
        parts = urlsplit(value)
        fine = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ImproperlyConfigured(f"{name} has no host, or a port that is no number: use for example {example}.")
