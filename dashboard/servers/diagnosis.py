"""Tests a connection: one probe of a RAGFlow server, and what is wrong with it in plain words.

The probe follows no redirect, and sends the key only after RAGFlow has answered without it.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from dashboard.ragflow import Limits, RAGFlow, Timeouts, errors
from dashboard.ragflow.errors import TLSCheck
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release

logger = logging.getLogger(__name__)

TIMEOUTS: Final = Timeouts(connect=3.0, read=5.0, whole=6.0)
# Seconds after which nobody waits for the rest of the probe; looking up a host name has no timeout of its own.
IN_ALL: Final = 10.0
LIMITS: Final = Limits(json=4 * 1024 * 1024, text=1024 * 1024)
MISSING_TENANT: Final = "tenant not found"


class Problem(enum.Enum):
    """What is wrong with a connection. The value is what the audit trail says."""

    BAD_ADDRESS = "not an address"
    UNKNOWN_HOST = "host name not found"
    REFUSED = "connection refused"
    TIMEOUT = "no response in time"
    UNREACHABLE = "not reachable"
    TLS_EXPIRED = "TLS: certificate expired"
    TLS_EARLY = "TLS: certificate not valid yet"
    TLS_HOST = "TLS: certificate for another host"
    TLS_ISSUER = "TLS: unknown issuer"
    TLS_ABSENT = "TLS: not spoken"
    TLS_FILE = "TLS: certificates of the authorities unreadable"
    TLS_OTHER = "TLS: certificate refused"
    NEEDS_HTTPS = "HTTPS required"
    REDIRECTED = "redirected"
    NOT_RAGFLOW = "not RAGFlow"
    PROXY_ALONE = "only a proxy answers"
    SERVER_FAILED = "RAGFlow failed"
    KEY_UNREADABLE = "stored key unreadable"
    WRONG_KEY = "key refused"
    NO_TENANT = "key of a user without a tenant"
    NEVER_SIGNED_IN = "key of a user who never signed in"
    GO_SERVER = "API server in Go"
    TOO_OLD = "unsupported release"


class Notice(enum.Enum):
    """What should be known about a connection that works."""

    NEWER = "newer release"
    GUESSED = "release guessed"


_TLS: Final[dict[TLSCheck, Problem]] = {
    "expired": Problem.TLS_EXPIRED,
    "not yet valid": Problem.TLS_EARLY,
    "wrong host": Problem.TLS_HOST,
    "unknown issuer": Problem.TLS_ISSUER,
    "not tls": Problem.TLS_ABSENT,
    "authorities file": Problem.TLS_FILE,
    "other": Problem.TLS_OTHER,
}


@dataclass(frozen=True)
class Target:
    """What is tested: an address without ``/api/v1``, a key, and how TLS is verified (as requests takes it)."""

    base_url: str
    api_key: str = field(repr=False)
    verify: bool | str = True


@dataclass(frozen=True)
class Diagnosis:
    """The outcome of a test. ``problem`` is None if the connection works.

    ``host`` is the host and port that were asked, ``release`` what RAGFlow is, as far as it was reached, ``said`` the
    server's own words or address, ``datasets`` how many the key can see, and ``seconds`` how long the test took.
    """

    problem: Problem | None
    host: str = ""
    release: Release | None = None
    said: str = ""
    notices: tuple[Notice, ...] = ()
    datasets: int | None = None
    seconds: float = 0.0

    @property
    def works(self) -> bool:
        return self.problem is None

    @property
    def outcome(self) -> str:
        """The outcome in the words of the audit trail."""
        return "works" if self.problem is None else self.problem.value


def diagnose(target: Target) -> Diagnosis:
    """Test the connection within IN_ALL seconds. Never raises; asks only the host of the address."""
    try:
        host = urlsplit(target.base_url).netloc
        probe = _Probe(target, host)
    except ValueError as error:
        return Diagnosis(Problem.BAD_ADDRESS, said=str(error))
    started = time.monotonic()
    probe.start()
    probe.join(IN_ALL)
    found = probe.found or Diagnosis(Problem.TIMEOUT, host)
    return Diagnosis(
        found.problem, host, found.release, found.said, found.notices, found.datasets, time.monotonic() - started
    )


class _Probe(threading.Thread):
    """Asks in its own thread, so that a worker can stop waiting. Its own timeouts end it soon after that."""

    def __init__(self, target: Target, host: str) -> None:
        super().__init__(name="connection-test", daemon=True)
        self.found: Diagnosis | None = None
        self._target = target
        self._host = host
        self._client = self._connect(target.base_url, target.verify)

    def run(self) -> None:
        try:
            self.found = self._ask()
        except errors.RAGFlowError as error:
            self.found = self._explained(error)
        except Exception:
            # Nobody waits for this thread's exception.
            logger.exception("The test of a connection failed")
            self.found = Diagnosis(Problem.SERVER_FAILED)

    def _connect(self, base_url: str, verify: bool | str) -> RAGFlow:
        return RAGFlow(base_url, self._target.api_key, verify=verify, timeouts=TIMEOUTS, limits=LIMITS)

    def _ask(self) -> Diagnosis:
        client = self._client
        client.system.identify()
        # It may have been upgraded since it was asked last.
        detection.forget(client.base_url)
        try:
            release = client.release()
        except errors.ServerError as error:
            # Before 0.25, RAGFlow refuses the key there if its owner never signed in (contract §2).
            if error.status == 401 or error.code == 401:
                return Diagnosis(Problem.NEVER_SIGNED_IN)
            raise
        if release.is_older:
            return Diagnosis(Problem.TOO_OLD, release=release)
        if not client.system.check_key():
            return Diagnosis(Problem.WRONG_KEY, release=release)
        if release.implementation != "python":
            return Diagnosis(Problem.GO_SERVER, release=release)
        try:
            client.system.defaults()
        except errors.Unreachable:
            raise
        except errors.RAGFlowError as error:
            # A server whose models cannot be read is usable otherwise.
            if MISSING_TENANT in error.message.lower():
                return Diagnosis(Problem.NO_TENANT, release=release, said=error.message)
        notices = [Notice.NEWER] if release.is_newer else [Notice.GUESSED] if release.is_guessed else []
        datasets = client.datasets.list(page=1, page_size=1).total
        return Diagnosis(None, release=release, notices=tuple(notices), datasets=datasets)

    def _explained(self, error: errors.RAGFlowError) -> Diagnosis:
        if isinstance(error, errors.TLSFailed):
            return Diagnosis(_TLS[error.check], said=error.message)
        if isinstance(error, errors.Redirected):
            return Diagnosis(Problem.REDIRECTED, said=error.location)
        if self._speaks_tls_instead(error):
            return Diagnosis(Problem.NEEDS_HTTPS)
        said = error.message if not isinstance(error, errors.InvalidResponse) else error.excerpt or error.message
        return Diagnosis(_problem_of(error), said=said)

    def _speaks_tls_instead(self, error: errors.RAGFlowError) -> bool:
        """Whether an address of plain HTTP is one of HTTPS: such a server hangs up, or answers with HTTP 400."""
        if not self._target.base_url.startswith("http:"):
            return False
        hung_up = type(error) is errors.Unreachable
        if not hung_up and error.status != 400:
            return False
        try:
            self._connect("https:" + self._target.base_url.removeprefix("http:"), verify=False).system.identify()
        except errors.RAGFlowError:
            return False
        return True


def _problem_of(error: errors.RAGFlowError) -> Problem:
    if isinstance(error, errors.UnknownHost):
        return Problem.UNKNOWN_HOST
    if isinstance(error, errors.Refused):
        return Problem.REFUSED
    if isinstance(error, errors.TimedOut):
        return Problem.TIMEOUT
    if isinstance(error, errors.Unreachable):
        return Problem.UNREACHABLE
    if isinstance(error, errors.Unauthorized):
        return Problem.WRONG_KEY
    if isinstance(error, errors.ServerError):
        return Problem.PROXY_ALONE if error.status in (502, 503, 504) else Problem.SERVER_FAILED
    if isinstance(error, (errors.InvalidResponse, errors.NotFound)):
        return Problem.NOT_RAGFLOW
    return Problem.SERVER_FAILED
