"""The only place that calls ``requests``: connections, timeouts, retries, streams, and the key.

Connections are pooled per server and shared by all threads of the process; a transport itself is cheap and made per
request. Reads are tried again when the server could not be reached or its proxy reports an outage; writes never are,
because nobody knows whether the first one arrived.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, NoReturn, Protocol
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from . import envelope
from .envelope import Answer
from .errors import (
    CutOff,
    Garbled,
    RAGFlowError,
    ServerFault,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from .types import Timeouts

# At least the number of upstream calls open at once, chat streams included; beyond it connections are not kept.
POOL_SIZE: Final = 1024
ATTEMPTS: Final = 3
BACKOFF: Final = (0.1, 0.4)
PIECE: Final = 65536

Param = str | int
Params = Mapping[str, Param | Sequence[str]]

_sessions: dict[tuple[str, bool | str], requests.Session] = {}
_sessions_lock = threading.Lock()


class Body(Protocol):
    """A request body whose length is known before its bytes."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


class _Bearer(AuthBase):
    """Puts the key into the header and shows it nowhere else."""

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
        """The text without the key, should a server have echoed it."""
        return text.replace(self._key, "…") if self._key else text


def shared_session(base_url: str, verify: bool | str) -> requests.Session:
    """The session of a server, made once per process. It keeps no cookies, so that keys stay apart."""
    with _sessions_lock:
        session = _sessions.get((base_url, verify))
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.verify = verify
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers["User-Agent"] = "ragflow-admin"
            adapter = HTTPAdapter(pool_connections=1, pool_maxsize=POOL_SIZE, pool_block=False, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            _sessions[(base_url, verify)] = session
        return session


def clean_base_url(base_url: str) -> str:
    """The base URL without trailing slash; ValueError when it is no http address or carries a password."""
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("The base URL must look like http://host:port or https://host.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("The base URL must not contain a user name or password.")
    return base_url.strip().rstrip("/")


class Transport:
    """Sends requests to one server with one key and returns answers or raises the tree of ``errors``."""

    def __init__(self, base_url: str, api_key: str, *, verify: bool | str, timeouts: Timeouts) -> None:
        self.base_url = clean_base_url(base_url)
        self.timeouts = timeouts
        self._bearer = _Bearer(api_key)
        self._session = shared_session(self.base_url, verify)

    def __repr__(self) -> str:
        return f"Transport({self.base_url!r})"

    # -- JSON calls ----------------------------------------------------------------------------------------------

    def get(self, path: str, params: Params | None = None) -> Answer:
        """Read. Tried again on connection errors and HTTP 502, 503, 504."""
        call = _Call(self, "GET", path)
        response = call.send_read(params)
        return call.answer(response)

    def query(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Read by POST (retrieval). Costs the server too much to be tried again."""
        call = _Call(self, "POST", path)
        response = call.send(data=msgspec.json.encode(body), timeout=self.timeouts.write)
        return call.answer(response)

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Write. Sent once, whatever happens."""
        call = _Call(self, method, path, writes=True)
        response = call.send(data=msgspec.json.encode(body), timeout=self.timeouts.write)
        return call.answer(response)

    def upload(self, path: str, body: Body, content_type: str) -> Answer:
        """Send a body of known length piece by piece, in the memory of one piece."""
        call = _Call(self, "POST", path, writes=True)
        response = call.send(data=body, content_type=content_type, timeout=self.timeouts.upload, uploading=True)
        return call.answer(response)

    def plain(self, path: str) -> tuple[int, str, bytes]:
        """Read without key and envelope: (status, content type, body). For the health probe."""
        call = _Call(self, "GET", path, with_key=False)
        response = call.send_read(None, retry_status=False)
        return response.status_code, _content_type(response), call.body(response)

    # -- streams -------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, body: Mapping[str, Any]) -> Stream:
        """POST and return the open event stream. A plain JSON answer raises the error it stands for."""
        call = _Call(self, "POST", path, writes=True)
        data = msgspec.json.encode(body)
        response = call.send(data=data, timeout=self.timeouts.stream, accept="text/event-stream", keep_open=True)
        if response.status_code == 200 and "text/event-stream" in _content_type(response):
            return Stream(call, response)
        call.refuse(response, "text/event-stream")

    def open_download(self, path: str) -> Stream:
        """GET a file. RAGFlow sends files as octet-stream and errors as JSON, both with HTTP 200 (contract §9.4)."""
        call = _Call(self, "GET", path)
        response = call.send_read(None, keep_open=True, timeout=self.timeouts.stream)
        if response.status_code == 200 and not _content_type(response).startswith(("application/json", "text/html")):
            return Stream(call, response)
        call.refuse(response, "application/octet-stream")

    # -- the key -------------------------------------------------------------------------------------------------

    def key_works(self) -> bool:
        """Ask for one dataset, the cheapest call that needs the key (contract §23)."""
        call = _Call(self, "GET", "/api/v1/datasets")
        response = call.send_read({"page": 1, "page_size": 1})
        try:
            answer = envelope.read(response.status_code, _content_type(response), call.body(response))
        except Unauthorized:
            return False
        except RAGFlowError as error:
            raise call.place(error) from None
        return bytes(answer.data).startswith(b"[")


class _Call:
    """One request: sends it and gives every error its context."""

    def __init__(
        self, transport: Transport, method: str, path: str, *, writes: bool = False, with_key: bool = True
    ) -> None:
        self.transport = transport
        self.method = method
        self.path = path
        self.writes = writes
        self.with_key = with_key
        self.started = time.monotonic()

    def send_read(
        self,
        params: Params | None,
        *,
        keep_open: bool = False,
        retry_status: bool = True,
        timeout: float | None = None,
    ) -> requests.Response:
        seconds = self.transport.timeouts.read if timeout is None else timeout
        for pause in BACKOFF:
            try:
                response = self.send(params=params, keep_open=keep_open, timeout=seconds)
            except TimedOut:
                raise
            except Unreachable:
                pass
            else:
                if not (retry_status and response.status_code in (502, 503, 504)):
                    return response
                response.close()
            time.sleep(pause)
        return self.send(params=params, keep_open=keep_open, timeout=seconds)

    def send(
        self,
        *,
        params: Params | None = None,
        data: bytes | Body | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        keep_open: bool = False,
        timeout: float,
        uploading: bool = False,
    ) -> requests.Response:
        transport = self.transport
        if self.with_key and not transport._bearer.sendable:
            raise self.place(Unauthorized("The API key is empty or has characters that cannot be sent."))
        headers = {"Accept": accept}
        if keep_open:
            # A compressed stream would wait in the compressor, and a stored file is wanted as it is.
            headers["Accept-Encoding"] = "identity"
        if data is not None:
            headers["Content-Type"] = content_type
        # While a body is being sent the connect timeout governs: give a busy server time to take it in.
        connect = max(30.0, transport.timeouts.connect) if uploading else transport.timeouts.connect
        try:
            return transport._session.request(
                self.method,
                transport.base_url + self.path,
                params=params,
                data=data,
                headers=headers,
                auth=transport._bearer if self.with_key else _no_auth,
                timeout=(connect, timeout),
                allow_redirects=False,
                stream=keep_open,
            )
        except RAGFlowError as error:
            raise self.place(error) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The cause is left out: its request carries the key.
            raise self.place(self.translate(error)) from None

    def answer(self, response: requests.Response) -> Answer:
        body = self.body(response)
        try:
            return envelope.read(response.status_code, _content_type(response), body)
        except Unauthorized as error:
            raise self.place(self.confirmed(error)) from None
        except RAGFlowError as error:
            raise self.place(error) from None

    def body(self, response: requests.Response) -> bytes:
        try:
            return response.content
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self.place(self.translate(error)) from None

    def refuse(self, response: requests.Response, wanted: str) -> NoReturn:
        """Raise what a plain answer means where a stream was expected."""
        try:
            self.answer(response)
        finally:
            response.close()
        raise self.place(
            Garbled(f"RAGFlow sent {_content_type(response)} where {wanted} was due.", status=response.status_code)
        )

    def confirmed(self, error: Unauthorized) -> RAGFlowError:
        """The error as it is when the key is really refused; otherwise what it was mistaken for."""
        if not envelope.maybe_false(error) or not self.transport.key_works():
            return error
        if error.code == 0:
            return Garbled("RAGFlow answered success without data.", status=error.status, code=0)
        return ServerFault(
            "RAGFlow failed with an error that mentions “unauthorized”, perhaps from a model provider. "
            "Your API key is accepted.",
            status=error.status,
            code=error.code,
        )

    def place(self, error: RAGFlowError) -> RAGFlowError:
        """Add the context: what was asked, where, and how long it took."""
        error.method = self.method
        error.path = self.path
        error.base_url = self.transport.base_url
        error.elapsed_ms = round((time.monotonic() - self.started) * 1000)
        hide = self.transport._bearer.hide
        error.message = hide(error.message)
        error.excerpt = hide(error.excerpt)
        error.args = (error.message,)
        if self.writes and isinstance(error, (ServerFault, Garbled, CutOff)):
            error.maybe_done = True
        if not self.writes:
            error.maybe_done = False
        return error

    def translate(self, error: Exception) -> RAGFlowError:
        """A library's exception as one of ours, with a sentence that says what happened."""
        host = urlsplit(self.transport.base_url).netloc
        if isinstance(error, requests.ConnectTimeout):
            return TimedOut(f"{host} did not accept a connection within {self.transport.timeouts.connect:g} seconds.")
        if isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)) or "timed out" in str(error):
            return TimedOut(f"{host} did not answer in time.", maybe_done=True)
        if isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
            return Unreachable(f"The TLS connection to {host} failed; its certificate could not be verified.")
        reason = _reason(error)
        if isinstance(reason, urllib3.exceptions.NameResolutionError):
            return Unreachable(f"The name {urlsplit(self.transport.base_url).hostname} could not be resolved.")
        if isinstance(reason, urllib3.exceptions.NewConnectionError):
            return Unreachable(f"{host} refuses connections: is RAGFlow running there?")
        if isinstance(error, (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError)):
            return Garbled("The server's answer could not be unpacked.")
        if isinstance(
            error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError)
        ):
            return Unreachable(f"{host} closed the connection before its answer was complete.", maybe_done=True)
        return Unreachable(f"{host} could not be asked: {type(error).__name__}.")


class Stream:
    """An open answer, read piece by piece as it arrives."""

    def __init__(self, call: _Call, response: requests.Response) -> None:
        self._call = call
        self._response = response
        self._closed = False
        self.headers: Mapping[str, str] = response.headers
        self.content_type = _content_type(response)

    def read(self) -> bytes:
        """The next bytes, as soon as there are any; b"" at the end or after ``close``."""
        if self._closed:
            return b""
        try:
            # iter_content waits for a full buffer and iter_lines for the next line; read1 waits for neither.
            return self._response.raw.read1(PIECE, decode_content=True) or b""
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if self._closed:
                return b""
            if isinstance(error, (ValueError, AttributeError)):
                raise
            raise self._call.place(self._call.translate(error)) from None

    def error(self, error: RAGFlowError) -> RAGFlowError:
        """The error with this call's context."""
        return self._call.place(error)

    def close(self) -> None:
        """Let the connection go, also while another thread waits in ``read``."""
        if self._closed:
            return
        self._closed = True
        try:
            # Wakes a reader in another thread, which closing alone does not.
            self._response.raw.shutdown()
        except (ValueError, RuntimeError, OSError, AttributeError):
            pass  # already read to its end and given back to the pool
        self._response.close()

    @property
    def closed(self) -> bool:
        return self._closed


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _content_type(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "")


def _reason(error: BaseException) -> BaseException:
    """The urllib3 error inside a requests error."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or (inner if isinstance(inner, BaseException) else error)
