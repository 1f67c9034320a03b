"""Which RAGFlow a server runs (contract §23).

What differs between versions is decided by ``Version.adapter``, in one place per noun: the noun's module. So far there
is one adapter, for 0.24.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from typing import Final

import msgspec

from dashboard.ragflow.errors import NotFound
from dashboard.ragflow.http.transport import Transport

DEFAULT_ADAPTER: Final = "0.24"
KEEP_SECONDS: Final = 600.0

_NUMBER = re.compile(r"v?(\d+)\.(\d+)")
_decoder = msgspec.json.Decoder(str)
_known: dict[str, tuple[float, Version]] = {}
_known_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Version:
    """``text`` as the server says it: a release ("v0.24.0", "v0.24.0 slim") or, of a build from source, a git hash."""

    text: str

    @property
    def release(self) -> tuple[int, int] | None:
        """(0, 24) for v0.24.x; None when the server only tells a git hash."""
        found = _NUMBER.match(self.text)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def adapter(self) -> str:
        """The dialect to speak to this server."""
        return DEFAULT_ADAPTER

    def __str__(self) -> str:
        return self.text


def detect(transport: Transport) -> Version:
    """The server's version, asked once and then remembered for ten minutes per base URL."""
    now = time.monotonic()
    with _known_lock:
        asked, version = _known.get(transport.base_url, (0.0, None))
    if version is not None and now - asked < KEEP_SECONDS:
        return version
    version = _ask(transport)
    with _known_lock:
        _known[transport.base_url] = (now, version)
    return version


def forget(base_url: str) -> None:
    """Ask again next time, for instance because a path was not there."""
    with _known_lock:
        _known.pop(base_url.rstrip("/"), None)


def _ask(transport: Transport) -> Version:
    try:
        answer = transport.get("/api/v1/system/version")  # 0.25 and later
    except NotFound:
        answer = transport.get("/v1/system/version")
    return Version(answer.decode(_decoder).strip())
