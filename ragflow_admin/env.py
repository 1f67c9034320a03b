"""Values from the environment, read strictly.

An invalid value stops the start with a message that names the variable and the valid values. Every variable may also be
given as ``NAME_FILE``, the path of a file with the value. An empty variable counts as not set, as in compose files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

from ragflow_admin.secret_file import kept_secret

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/*")
ORIGIN = re.compile(r"https?://[^/]+/?")

T = TypeVar("T")


def text(name: str, default: str = "") -> str:
    """The variable's text, or the content of the file ``NAME_FILE`` without the line end."""
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


def parsed(name: str, default: T, parse: Callable[[str], T], right: str) -> T:
    """The value from ``parse``, which raises LookupError or ValueError if invalid; ``right`` describes valid ones."""
    value = text(name)
    try:
        return parse(value) if value else default
    except (LookupError, ValueError):
        raise ImproperlyConfigured(f"{name}={value!r} is not valid: use {right}.") from None


def boolean(name: str, *, default: bool) -> bool:
    """True or False."""
    return parsed(name, default, lambda value: BOOLEANS[value.lower()], "true or false")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    numbers = range(low, high + 1)
    return parsed(
        name, default, lambda value: numbers[numbers.index(int(value))], f"a whole number from {low} to {high}"
    )


def days(name: str, default: int) -> int:
    """A number of days, up to a hundred years; 0 is for ever."""
    return integer(name, default, low=0, high=36525)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, in any case."""
    return parsed(name, default, lambda value: choices[choices.index(value.upper())], f"one of {', '.join(choices)}")


def time_zone(name: str, default: str) -> str:
    """The name of a time zone, such as ``Europe/Berlin``."""
    known = {zone: zone for zone in available_timezones()}
    return parsed(name, default, known.__getitem__, "the name of a time zone, such as Europe/Berlin")


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return split(text(name)) or default


def address(name: str, *, without: str = "") -> str:
    """An http address without a trailing slash, and without the path ``without`` at its end; "" if not set."""
    value = text(name).strip()
    if value:
        check_address(name, value, ("http", "https"), "http://ragflow:9380")
        parts = urlsplit(value)
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ImproperlyConfigured(
                f"{name} must not contain a username, a password, a query (?) or a fragment (#)."
            )
    return value.rstrip("/").removesuffix(without).rstrip("/")


def existing_file(name: str) -> str:
    """The absolute path of a file that exists; "" if not set."""

    def found(value: str) -> str:
        path = Path(value).resolve()
        if not path.is_file():
            raise ValueError
        return str(path)

    return parsed(name, "", found, "the path of an existing file")


def path_prefix(name: str) -> str:
    """The prefix of all paths, such as ``/ragflow-admin``, without a trailing slash; "" if not set."""
    return parsed(name, "", matching(PATH), "a path such as /ragflow-admin").rstrip("/")


def origins(name: str) -> list[str]:
    """A comma-separated list of origins such as https://admin.example.org."""
    right = "schemes and hosts, such as https://admin.example.org"
    return parsed(name, [], lambda value: [matching(ORIGIN)(one) for one in split(value)], right)


def directory(name: str, default: Path) -> Path:
    """A directory, created if missing, that only its owner can access."""
    path = Path(text(name, str(default))).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={str(path)!r} cannot be created: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}={str(path)!r} is not writable for the user who starts this.")
    return path


def secret_key(name: str, keep_in: Path) -> str:
    """The secret key from the environment, else one that is generated once and stored."""
    value = text(name)
    if value and len(value) < 32:
        raise ImproperlyConfigured(f"{name} is too short: use at least 32 characters.")
    return value or kept_secret(keep_in)


def check_address(
    name: str, value: str, schemes: tuple[str, ...], example: str, *, without_host: tuple[str, ...] = ()
) -> str:
    """The scheme of an address, which must be one of ``schemes`` and, with some exceptions, have a host.

    The value may contain a password, so no message repeats it.
    """
    scheme = value.split("://", 1)[0].lower() if "://" in value else ""
    if scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} is not valid: it must begin with one of {', '.join(f'{s}://' for s in schemes)}."
        )
    if scheme not in without_host:
        try:
            parts = urlsplit(value)
            fine = bool(parts.hostname) and parts.port != 0
        except ValueError:
            fine = False
        if not fine:
            raise ImproperlyConfigured(f"{name} has no host or an invalid port: use for example {example}.")
    return scheme


def matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """A parser that accepts only values that match ``pattern`` completely."""

    def parse(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return parse


def split(value: str) -> list[str]:
    """The parts between commas, without surrounding whitespace."""
    return [part.strip() for part in value.split(",") if part.strip()]
