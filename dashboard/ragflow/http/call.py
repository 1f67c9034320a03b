"""The only place that calls ``requests``: timeouts, retries, and the context of errors.

Reads are retried if the server could not be reached or its proxy reports an outage; writes never are, because the first
one may have arrived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import requests
import urllib3

from dashboard.ragflow.errors import (
    InvalidResponse,
    RAGFlowError,
    Redirected,
    ServerError,
    StreamInterrupted,
    TimedOut,
    TooSlow,
    Unauthorized,
    Unreachable,
    UnsafeCall,
)
from dashboard.ragflow.http import envelope, transport_errors
from dashboard.ragflow.http.deadline import Deadline
from dashboard.ragflow.http.envelope import Answer
from dashboard.ragflow.http.expected import Body
from dashboard.ragflow.http.streams import content_type_of, whole_of

if TYPE_CHECKING:
    from dashboard.ragflow.http.transport import Transport

# Seconds before the second and the third attempt of a read.
BACKOFF: Final = (0.1, 0.4)

# Answers about model providers contain their keys in clear text (ragflow-0.27 §0.10): nothing here may see them.
KEYS_OF_PROVIDERS: Final = "/api/v1/providers"

T = TypeVar("T")
Param = str | int
Params = Mapping[str, Param | Sequence[str]]


class Call:
    """One request: sends it, and adds its context to every error."""

    def __init__(
        self, transport: Transport, method: str, path: str, *, writes: bool = False, with_key: bool = True
    ) -> None:
        if path.startswith(KEYS_OF_PROVIDERS):
            raise UnsafeCall("model providers are not read, because RAGFlow sends their keys along")
        self.transport = transport
        self.method = method
        self.path = path
        self.writes = writes
        self.with_key = with_key
        self.started = time.monotonic()
        self.deadline = Deadline()
        self.whole: bytes | None = None  # the body of the response, unless it is kept open

    def check_release(self) -> None:
        """Raises Upgraded if the server is no longer the release that the call was composed for."""
        if self.transport.watch is None:
            return
        try:
            self.transport.watch.before_write(self.path)
        except RAGFlowError as error:
            error.method, error.path, error.base_url = self.method, self.path, self.transport.base_url
            raise

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
            raise self.annotate(Unauthorized("The API key is empty or contains invalid characters."))
        headers = {"Accept": accept}
        if keep_open:
            # A compressed stream would be delayed by the compressor, and a stored file is wanted unchanged.
            headers["Accept-Encoding"] = "identity"
        if data is not None:
            headers["Content-Type"] = content_type
        # The connect timeout also applies while a body is sent: give a busy server time to receive it.
        connect = max(30.0, transport.timeouts.connect) if uploading else transport.timeouts.connect
        self.whole = None
        if self.deadline.seconds is None:  # otherwise this is a retry
            # For a response that is kept open, only the head has a deadline.
            self.deadline = Deadline(timeout if keep_open else max(timeout, transport.timeouts.whole))
        try:
            with self.deadline.watched():
                response = transport._session.request(
                    self.method,
                    transport.base_url + self.path,
                    params=params,
                    data=data,
                    headers=headers,
                    auth=transport._bearer if self.with_key else None,
                    timeout=(connect, timeout),
                    allow_redirects=False,
                    stream=True,
                )
            if keep_open:
                self.deadline.lift()
            else:
                self.whole = self._read_whole(response)
            return response
        except (RAGFlowError, OSError, urllib3.exceptions.HTTPError) as error:
            # OSError: all of requests', and its own if the file of ``verify`` is missing.
            # Without the cause, because its request contains the key.
            raise self.broken(error) from None

    def answer(self, response: requests.Response) -> Answer:
        return self._read(response, envelope.read)

    def rows(self, response: requests.Response, decoder: msgspec.json.Decoder[T]) -> T:
        return self._read(response, partial(envelope.rows, decoder=decoder))

    def _read(self, response: requests.Response, read: Callable[..., T]) -> T:
        body = self.body(response)
        try:
            return read(response.status_code, content_type_of(response), body, annotate=self.annotate)
        except Unauthorized as error:
            raise self.annotate(self.verify_unauthorized(error)) from None
        except RAGFlowError as error:
            if isinstance(error, Redirected):
                error.location = response.headers.get("Location", "")
            raise self.annotate(error) from None

    def body(self, response: requests.Response) -> bytes:
        if self.whole is not None:
            return self.whole
        self.deadline.start(self.transport.timeouts.whole)
        try:
            return self._read_whole(response)
        except (RAGFlowError, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self.broken(error) from None

    def _read_whole(self, response: requests.Response) -> bytes:
        limits = self.transport.limits
        is_json = self.with_key and envelope.is_json(content_type_of(response))
        return whole_of(response, limits.json if is_json else limits.text)

    def refusal(self, response: requests.Response, wanted: str) -> RAGFlowError:
        """The error that a plain response means if a stream was expected."""
        try:
            self.answer(response)
        except RAGFlowError as error:
            return error
        finally:
            response.close()
        sent = content_type_of(response) or "a response without content type"
        return self.annotate(InvalidResponse(f"RAGFlow sent {sent} instead of {wanted}.", status=response.status_code))

    def broken(self, error: Exception) -> RAGFlowError:
        """The error for an exception raised while reading a response."""
        own = error if isinstance(error, RAGFlowError) else transport_errors.translate(error, self.transport.base_url)
        if isinstance(own, TimedOut) and self.deadline.is_overrun:
            seconds = round(self.deadline.seconds or 0)
            own = TooSlow(f"RAGFlow did not finish its response within {seconds} seconds.", maybe_done=True)
        return self.annotate(own)

    def verify_unauthorized(self, error: Unauthorized) -> RAGFlowError:
        """The same error if the key is really refused; otherwise the error that it was mistaken for."""
        try:
            if not envelope.maybe_false(error) or not self.transport.key_works():
                return error
        except RAGFlowError:
            return error
        if error.code == 0:
            return InvalidResponse("RAGFlow reported success but returned no data.", status=error.status, code=0)
        return ServerError(
            "RAGFlow reported an “unauthorized” error, perhaps from a model provider. Your API key is valid.",
            status=error.status,
            code=error.code,
        )

    def annotate(self, error: RAGFlowError) -> RAGFlowError:
        """Add the context of the call: method, path, server and elapsed time."""
        error.method = self.method
        error.path = self.path
        error.base_url = self.transport.base_url
        error.elapsed_ms = round((time.monotonic() - self.started) * 1000)
        if self.transport.watch is not None and not error.is_explained:
            error.is_explained = True
            explained = self.transport.watch.explain(error)
            if explained is not error:
                return self.annotate(explained)
        hide = self.transport._bearer.hide
        error.message = hide(error.message)
        error.excerpt = hide(error.excerpt)
        error.args = (error.message,)
        if self.writes and isinstance(error, (ServerError, InvalidResponse, StreamInterrupted)):
            error.maybe_done = True
        if not self.writes:
            error.maybe_done = False
        return error
