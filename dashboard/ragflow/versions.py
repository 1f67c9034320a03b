"""The RAGFlow version of a server (contract §23).

``Version.adapter`` decides what differs between versions, in the module of each resource. So far there is one adapter,
for 0.24.
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
    """``text`` as reported by the server: a release ("v0.24.0", "v0.24.0 slim"), or a git hash if built from source."""

    text: str

    @property
    def release(self) -> tuple[int, int] | None:
        """(0, 24) for v0.24.x; None if the server reports only a git hash."""
        found = _NUMBER.match(self.text)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def adapter(self) -> str:
        """The adapter to use for this server."""
        return DEFAULT_ADAPTER

    def __str__(self) -> str:
        return self.text


def detect(transport: Transport) -> Version:
    """The server's version, cached for ten minutes per base URL."""
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
    """Drop the cached version, for instance because a path was missing."""
    with _known_lock:
        _known.pop(base_url.rstrip("/"), None)


def _ask(transport: Transport) -> Version:
    try:
        answer = transport.get("/api/v1/system/version")  # 0.25 and later
    except NotFound:
        answer = transport.get("/v1/system/version")
    return Version(answer.decode(_decoder).strip())
