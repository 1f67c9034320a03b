"""Finds out which release a server is, and notices when it is upgraded (ragflow-0.27 §2).

The release of a server is remembered per process. Reads trust it for a minute, writes for five seconds. It is asked
again when a response cannot be right, for instance when a known route is missing. If the release has changed, a write
is not sent, and a failed read is reported as ``Upgraded``.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any, Final

import msgspec

from dashboard.ragflow.errors import (
    InvalidResponse,
    NotFound,
    RAGFlowError,
    Rejected,
    ServerError,
    Unauthorized,
    Upgraded,
)
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases.release import Release, number_in

# Seconds for which a remembered release is trusted.
READS: Final = 60.0
WRITES: Final = 5.0
# After an odd response, the release is asked again, but not more often than this.
DOUBTS: Final = 1.0

VERSION: Final = "/api/v1/system/version"
OLD_VERSION: Final = "/v1/system/version"
LANGUAGE: Final = "/api/v1/language"
PATHS: Final = (VERSION, OLD_VERSION, LANGUAGE)

# What a build without release number is, by the newest route that it has.
_PROBES: Final = ((LANGUAGE, (0, 27, 0)), ("/api/v1/models", (0, 26, 0)), (VERSION, (0, 25, 6)))

_text = msgspec.json.Decoder(str)
_language = msgspec.json.Decoder(dict[str, Any])
_known: dict[str, tuple[float, Release]] = {}
_asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Detection:
    """The release of the server behind one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def release(self) -> Release:
        """The release. Asks the server if it was not asked in the last minute."""
        return self._not_older_than(READS)

    def before_write(self, path: str) -> None:
        """Raises Upgraded if the release has changed: the write was composed for another one."""
        known = _known.get(self._transport.base_url)
        if known is None or path in PATHS:
            return
        release = self._not_older_than(WRITES)
        if release.number != known[1].number:
            raise _upgraded(known[1], release)

    def explain(self, error: RAGFlowError) -> RAGFlowError:
        """The error, or Upgraded if it comes from talking to a release that the server no longer is."""
        known = _known.get(self._transport.base_url)
        if known is None or error.path in PATHS or not _is_odd(error) or time.monotonic() - known[0] < DOUBTS:
            return error
        try:
            release = self._not_older_than(DOUBTS)
        except RAGFlowError:
            return error
        return error if release.number == known[1].number else _upgraded(known[1], release)

    def _not_older_than(self, seconds: float) -> Release:
        url = self._transport.base_url
        with _asking[url]:
            known = _known.get(url)
            if known is not None and time.monotonic() - known[0] < seconds:
                return known[1]
            release = _ask(self._transport, known[1] if known else None)
            _known[url] = (time.monotonic(), release)
            return release


def remember(base_url: str, release: Release) -> None:
    """Take this release as just detected."""
    _known[base_url.rstrip("/")] = (time.monotonic(), release)


def forget(base_url: str) -> None:
    """Ask again at the next call."""
    _known.pop(base_url.rstrip("/"), None)


def _is_odd(error: RAGFlowError) -> bool:
    """Whether the error may come from speaking the wrong dialect: a missing route, another shape, a refused value."""
    if isinstance(error, (InvalidResponse, ServerError)):
        return True
    if isinstance(error, (NotFound, Unauthorized)):
        return error.status != 200
    return isinstance(error, Rejected) and error.code in (100, 101)


def _upgraded(before: Release, now: Release) -> Upgraded:
    return Upgraded(f"RAGFlow was upgraded from {before} to {now}. Reload the page.")


def _ask(transport: Transport, before: Release | None) -> Release:
    try:
        text = transport.get(VERSION).decode(_text).strip()
    except NotFound:
        text = transport.get(OLD_VERSION).decode(_text).strip()
    if before is not None and text == before.text and not before.is_guessed:
        return before
    number = number_in(text)
    if number is None:
        number = next((number for path, number in _PROBES if _has(transport, path)), (0, 24, 0))
    implementation = _implementation(transport) if number >= (0, 27, 0) else "python"
    return Release(text, number, implementation)


def _has(transport: Transport, path: str) -> bool:
    try:
        transport.get(path)
    except NotFound:
        return False
    return True


def _implementation(transport: Transport) -> str:
    """Which server process answers (ragflow-0.27 §1)."""
    try:
        found = transport.get(LANGUAGE).decode(_language).get("language")
    except (NotFound, InvalidResponse, Rejected, ServerError):
        return "python"
    return found if isinstance(found, str) else "python"
