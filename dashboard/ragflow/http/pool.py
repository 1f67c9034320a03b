"""Connections to servers, shared by all threads of the process, and the key added to each request."""

from __future__ import annotations

import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from dashboard.ragflow.http.deadline import WatchedAnswer

# At least the number of concurrent upstream calls, including chat streams; further connections are not reused.
POOL_SIZE: Final = 1024

_sessions: dict[tuple[str, bool | str], requests.Session] = {}
_sessions_lock = threading.Lock()


class Bearer(AuthBase):
    """Adds the key to the header, and hides it everywhere else."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def __repr__(self) -> str:
        return "<Bearer …>"

    @property
    def sendable(self) -> bool:
        return self._key.isascii() and self._key.isprintable() and bool(self._key) and " " not in self._key

    def hide(self, text: str) -> str:
        """The text with the key removed, in case a server echoed it."""
        return text.replace(self._key, "…") if self._key else text


class _Connection(HTTPConnection):
    response_class = WatchedAnswer


class _TLSConnection(HTTPSConnection):
    response_class = WatchedAnswer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    """An adapter for connections whose responses have a deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


def shared_session(base_url: str, verify: bool | str) -> requests.Session:
    """The session of a server, one per process. It stores no cookies, so that keys can't be mixed up."""
    with _sessions_lock:
        session = _sessions.get((base_url, verify))
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.verify = verify
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers["User-Agent"] = "ragflow-admin"
            adapter = _Adapter(pool_connections=1, pool_maxsize=POOL_SIZE, pool_block=False, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            _sessions[(base_url, verify)] = session
        return session


def clean_base_url(base_url: str) -> str:
    """The base URL without trailing slash. Raises ValueError if it is not an HTTP URL or contains credentials."""
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("The base URL must look like http://host:port or https://host.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The base URL must not contain a user name or password.")
    return base_url.strip().rstrip("/")
