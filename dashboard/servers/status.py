"""The status of a server: its services, its version, and whether it accepts our key. Checked once for all users."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.core.web import error_help, once
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.ragflow.reach.reach import EVERYTHING, Reach
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.releases.server import Health
from dashboard.servers.connection import client_for

# Short: people open this page when the server has problems.
TIMEOUTS: Final = Timeouts(connect=3.0, read=8.0, whole=10.0)
KEPT_SECONDS: Final = 30
# The last known status is shown beside another server's name; while somebody else checks, a recent one will do.
LAST_KNOWN_SECONDS: Final = 24 * 3600
RECENT_SECONDS: Final = 600
# RAGFlow's probes of its services fail occasionally without reason: repeat them after this many seconds.
ASK_AGAIN_AFTER: Final = 0.5
ASKING_SECONDS: Final = 15
OK: Final = "ok"
T = TypeVar("T")

PARTS: Final[dict[str, tuple[str | Promise, str]]] = {
    "db": (gettext_lazy("Database"), ""),
    "redis": (gettext_lazy("Queue"), "Redis"),
    "doc_engine": (gettext_lazy("Document engine"), ""),
    "storage": (gettext_lazy("Object storage"), ""),
}


@dataclass(frozen=True)
class Failure:
    """Why something could not be read: a title, RAGFlow's message, and likely reasons."""

    title: str
    text: str
    icon: str
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: errors.RAGFlowError) -> Failure:
        fault = error_help.explain(error)
        return cls(str(fault.title), error.message, fault.icon, tuple(str(reason) for reason in fault.reasons))


@dataclass(frozen=True)
class Part:
    """One of the server's services. ``kind`` is the product, if RAGFlow always uses the same one."""

    label: str
    kind: str
    ok: bool


@dataclass(frozen=True)
class ServerStatus:
    """The status of a server at one moment. If it could not be checked, ``parts`` is empty and ``failure`` says why."""

    at: float
    parts: tuple[Part, ...]
    raw: str
    version: str
    release: Release | None
    failure: Failure | None

    @property
    def checked_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    @property
    def age(self) -> float:
        """Seconds since the check."""
        return time.time() - self.at

    @property
    def failing_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.ok)

    @property
    def kind(self) -> str:
        """The dot's colour: ok, warn or bad."""
        if self.failure:
            return "bad"
        return "warn" if self.failing_parts else "ok"

    @property
    def words(self) -> str:
        """The dot's label."""
        if self.failure:
            return self.failure.title
        if self.failing_parts:
            return ngettext("%(n)d service is down", "%(n)d services are down", len(self.failing_parts)) % {
                "n": len(self.failing_parts)
            }
        return _("Healthy")


def status_client(server: Server, reach: Reach = EVERYTHING) -> RAGFlow:
    """A read-only client with short timeouts."""
    return client_for(server, TIMEOUTS, reach=reach)


def check(server: Server, max_age: float = KEPT_SECONDS) -> ServerStatus:
    """The status, at most ``max_age`` seconds old.

    Returns a recent status while another request is already checking.
    """
    known = last_known(server)
    if known is not None and known.age <= max_age:
        return known
    asking = f"{_cache_key(server)}:asking"
    if not once.first(asking, ASKING_SECONDS) and known is not None and known.age <= RECENT_SECONDS:
        return known
    try:
        found = _ask(server)
        cache.set(_cache_key(server), found, LAST_KNOWN_SECONDS)
    finally:
        cache.delete(asking)
    return found


def last_known(server: Server) -> ServerStatus | None:
    """The last known status, which may be a day old."""
    known: ServerStatus | None = cache.get(_cache_key(server))
    return known


def all_last_known(servers: Iterable[Server]) -> Mapping[int, ServerStatus]:
    """The last known status by the server's primary key, where there is one. Asks no server."""
    keys = {_cache_key(server): server.pk for server in servers}
    return {keys[key]: known for key, known in cache.get_many(keys).items()}


def attempt(read: Callable[[], T]) -> T | Failure:
    """The result of ``read``, or the reason why it failed."""
    try:
        return read()
    except errors.RAGFlowError as error:
        return Failure.of(error)


def _cache_key(server: Server) -> str:
    return f"{server.cache_key}:status"


def _ask(server: Server) -> ServerStatus:
    client = status_client(server)
    release: Release | Failure
    health: Health | Failure
    try:
        release = client.release()
    except errors.Unreachable as error:
        # Nor would the health check get an answer, after the same wait.
        release = health = Failure.of(error)
    except errors.RAGFlowError as error:
        release, health = Failure.of(error), attempt(lambda: _twice(client))
    else:
        health = attempt(lambda: _twice(client))
    failure = next((answer for answer in (health, release) if isinstance(answer, Failure)), None)
    return ServerStatus(
        at=time.time(),
        parts=_parts(health) if isinstance(health, Health) else (),
        raw=json.dumps(dict(health.raw), indent=2, ensure_ascii=False) if isinstance(health, Health) else "",
        version=_version(release.text) if isinstance(release, Release) else "",
        release=release if isinstance(release, Release) else None,
        failure=failure,
    )


def _twice(client: RAGFlow) -> Health:
    """RAGFlow's probe of its services. A service counts as down only if a second probe confirms it."""
    health = client.system.health()
    if all(state == OK for state in health.parts.values()):
        return health
    time.sleep(ASK_AGAIN_AFTER)
    again = client.system.health()
    well = {key for probe in (health, again) for key, state in probe.parts.items() if state == OK}
    parts = {key: OK if key in well else state for key, state in again.parts.items()}
    return replace(again, ok=all(state == OK for state in parts.values()), parts=parts)


def _parts(health: Health) -> tuple[Part, ...]:
    return tuple(
        Part(str(PARTS[key][0]) if key in PARTS else key, PARTS[key][1] if key in PARTS else "", state == OK)
        for key, state in health.parts.items()
    )


def _version(text: str) -> str:
    """``v0.24.0`` → ``0.24.0``; builds from source report their commit."""
    return text.removeprefix("v") if text[:1] == "v" else _("build %(commit)s") % {"commit": text}
