"""How a server is: its parts, its version, whether it takes our key. Asked once for everybody who looks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
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
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Health
from dashboard.servers.connection import client_for

# This page is where people look when the server is ill, so it does not wait for long.
TIMEOUTS: Final = Timeouts(connect=3.0, read=8.0, whole=10.0)
KEPT_SECONDS: Final = 30
LAST_KNOWN_SECONDS: Final = 600
# A probe of one of RAGFlow's parts fails now and then although nothing is wrong: it is asked again after so long.
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
class Trouble:
    """Why something could not be read: a title, RAGFlow's words, what may be the reason."""

    title: str
    text: str
    icon: str
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: errors.RAGFlowError) -> Trouble:
        fault = error_help.explain(error)
        return cls(str(fault.title), error.message, fault.icon, tuple(str(reason) for reason in fault.reasons))


@dataclass(frozen=True)
class Part:
    """One of the server's backends. ``kind`` is its product where RAGFlow always uses the same."""

    label: str
    kind: str
    ok: bool


@dataclass(frozen=True)
class ServerStatus:
    """The server at one moment. Without ``parts`` nobody could be asked, and ``trouble`` says why."""

    at: float
    parts: tuple[Part, ...]
    raw: str
    version: str
    trouble: Trouble | None

    @property
    def checked_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    @property
    def age(self) -> float:
        """Seconds since then."""
        return time.time() - self.at

    @property
    def failing_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.ok)

    @property
    def kind(self) -> str:
        """The dot's colour: ok, warn or bad."""
        if self.trouble:
            return "bad"
        return "warn" if self.failing_parts else "ok"

    @property
    def words(self) -> str:
        """The dot's words."""
        if self.trouble:
            return self.trouble.title
        if self.failing_parts:
            return ngettext("%(n)d part is down", "%(n)d parts are down", len(self.failing_parts)) % {
                "n": len(self.failing_parts)
            }
        return _("Healthy")


def status_client(server: Server) -> RAGFlow:
    """A client that gives up early; for reading only."""
    return client_for(server, TIMEOUTS)


def check(server: Server, max_age: float = KEPT_SECONDS) -> ServerStatus:
    """The vitals, not older than ``max_age`` seconds.

    While somebody else is asking already, the ones known before are good enough.
    """
    known = last_known(server)
    if known is not None and known.age <= max_age:
        return known
    asking = f"{_cache_key(server)}:asking"
    if not once.first(asking, ASKING_SECONDS) and known is not None:
        return known
    try:
        found = _ask(server)
        cache.set(_cache_key(server), found, LAST_KNOWN_SECONDS)
    finally:
        cache.delete(asking)
    return found


def last_known(server: Server) -> ServerStatus | None:
    """The vitals as somebody last saw them, maybe minutes ago."""
    known: ServerStatus | None = cache.get(_cache_key(server))
    return known


def attempt(read: Callable[[], T]) -> T | Trouble:
    """What ``read`` returns, or why RAGFlow could not be read."""
    try:
        return read()
    except errors.RAGFlowError as error:
        return Trouble.of(error)


def _cache_key(server: Server) -> str:
    return f"{server.cache_key}:vitals"


def _ask(server: Server) -> ServerStatus:
    client = status_client(server)
    health, version = parallel(
        lambda: attempt(lambda: _twice(client)), lambda: attempt(lambda: str(client.system.version()))
    )
    trouble = next((answer for answer in (health, version) if isinstance(answer, Trouble)), None)
    return ServerStatus(
        at=time.time(),
        parts=_parts(health) if isinstance(health, Health) else (),
        raw=json.dumps(dict(health.raw), indent=2, ensure_ascii=False) if isinstance(health, Health) else "",
        version=_version(version) if isinstance(version, str) else "",
        trouble=trouble,
    )


def _twice(client: RAGFlow) -> Health:
    """RAGFlow's probe of its parts. What it says is down counts when it says so again."""
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
    """``v0.24.0`` → ``0.24.0``; a build from source tells its commit."""
    return text.removeprefix("v") if text[:1] == "v" else _("build %(commit)s") % {"commit": text}
