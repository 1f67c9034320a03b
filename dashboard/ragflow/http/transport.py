"""Sends the calls of the resources: reads, writes, uploads, streams, downloads.

Connections are pooled per server and shared by all threads of the process; a transport itself is cheap and created per
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from dashboard.ragflow import last_check
from dashboard.ragflow.bounds import Limits, Timeouts
from dashboard.ragflow.errors import RAGFlowError, Unauthorized
from dashboard.ragflow.http import envelope
from dashboard.ragflow.http.call import Call, Params
from dashboard.ragflow.http.envelope import Answer
from dashboard.ragflow.http.expected import Body, Watch
from dashboard.ragflow.http.pool import Bearer, clean_base_url, shared_session
from dashboard.ragflow.http.streams import Stream, content_type_of
from dashboard.ragflow.reach.gate import Gate

T = TypeVar("T")


class Transport:
    """Sends requests to one server with one key; returns responses or raises ``errors``."""

    def __init__(self, base_url: str, api_key: str, *, verify: bool | str, timeouts: Timeouts, limits: Limits) -> None:
        self.base_url = clean_base_url(base_url)
        self.timeouts = timeouts
        self.limits = limits
        self.watch: Watch | None = None
        self.gate: Gate | None = None
        self._bearer = Bearer(api_key)
        self._session = shared_session(self.base_url, verify)

    def __repr__(self) -> str:
        return f"Transport({self.base_url!r})"

    # -- JSON calls ----------------------------------------------------------------------------------------------

    def get(self, path: str, params: Params | None = None) -> Answer:
        """Read. Retried on connection errors and HTTP 502, 503, 504."""
        self._admit("GET", path, params or {}, writes=False)
        call = Call(self, "GET", path)
        response = call.send_read(params)
        return call.answer(response)

    def rows(self, path: str, params: Params | None, decoder: msgspec.json.Decoder[T]) -> T:
        """Like ``get`` followed by ``decode``, but faster for long responses."""
        self._admit("GET", path, params or {}, writes=False)
        call = Call(self, "GET", path)
        response = call.send_read(params)
        return call.rows(response, decoder)

    def query(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Read by POST (retrieval). Not retried, because it is expensive for the server."""
        self._admit("POST", path, body, writes=False)
        call = Call(self, "POST", path)
        response = call.send(data=msgspec.json.encode(body), timeout=self.timeouts.write)
        return call.answer(response)

    def write(self, method: str, path: str, body: Mapping[str, Any], *, inside: str = "") -> Answer:
        """Write. Never retried. Raises UnsafeCall for what must not be sent (``last_check``).

        ``inside`` is the dataset whose content it changes, if the path does not name it.
        """
        last_check.check(method, path, body)
        self._admit(method, path, body, inside=inside, writes=True)
        call = Call(self, method, path, writes=True)
        call.check_release()
        response = call.send(data=msgspec.json.encode(body), timeout=self.timeouts.write)
        return call.answer(response)

    def bare(self, path: str, body: Mapping[str, Any]) -> bytes:
        """POST; the JSON of a response without envelope. One with an envelope raises the error that it means."""
        self._admit("POST", path, body, writes=True)
        call = Call(self, "POST", path, writes=True)
        call.check_release()
        response = call.send(data=msgspec.json.encode(body), timeout=self.timeouts.stream)
        answer = call.body(response)
        is_json = response.status_code == 200 and envelope.is_json(content_type_of(response))
        if is_json and not envelope.has_code(answer):
            return answer
        raise call.refusal(response, "an answer")

    def upload(self, path: str, body: Body, content_type: str) -> Answer:
        """Send a body of known length in pieces, with only one piece in memory."""
        self._admit("POST", path, {}, writes=True)
        call = Call(self, "POST", path, writes=True)
        call.check_release()
        response = call.send(data=body, content_type=content_type, timeout=self.timeouts.upload, uploading=True)
        return call.answer(response)

    def plain(self, path: str) -> tuple[int, str, bytes]:
        """Read without key and envelope: (status, content type, body). For what must not get the key."""
        call = Call(self, "GET", path, with_key=False)
        response = call.send_read(None, retry_status=False)
        if 300 <= response.status_code < 400:
            call.answer(response)  # raises Redirected
        return response.status_code, content_type_of(response), call.body(response)

    # -- streams -------------------------------------------------------------------------------------------------

    def open_stream(self, path: str, body: Mapping[str, Any]) -> Stream:
        """POST; returns the open event stream. A plain JSON response raises the error that it means."""
        self._admit("POST", path, body, writes=True)
        call = Call(self, "POST", path, writes=True)
        call.check_release()
        data = msgspec.json.encode(body)
        response = call.send(data=data, timeout=self.timeouts.stream, accept="text/event-stream", keep_open=True)
        if response.status_code == 200 and "text/event-stream" in content_type_of(response):
            return Stream(response, call.broken, call.deadline)
        raise call.refusal(response, "text/event-stream")

    def open_download(self, path: str, *, inside: str = "") -> Stream:
        """GET a file. RAGFlow sends errors as JSON, also with HTTP 200 (contract §9.4).

        Since 0.26, a file has its own content type, which may be that of JSON or HTML; a Content-Disposition tells it
        from an error or an error page. ``inside`` is its dataset, if the path does not name it.
        """
        self._admit("GET", path, {}, inside=inside, writes=False)
        call = Call(self, "GET", path)
        response = call.send_read(None, keep_open=True, timeout=self.timeouts.stream)
        is_file = "Content-Disposition" in response.headers
        is_page = content_type_of(response).startswith(("application/json", "text/html"))
        if response.status_code == 200 and (is_file or not is_page):
            return Stream(response, call.broken, call.deadline)
        raise call.refusal(response, "application/octet-stream")

    def _admit(self, method: str, path: str, named: Mapping[str, Any], *, inside: str = "", writes: bool) -> None:
        if self.gate is not None:
            self.gate.check(method, path, named, inside=inside, writes=writes)

    # -- the key -------------------------------------------------------------------------------------------------

    def key_works(self) -> bool:
        """Whether the key is accepted. Lists one dataset, the cheapest call that needs the key (contract §23)."""
        call = Call(self, "GET", "/api/v1/datasets")
        response = call.send_read({"page": 1, "page_size": 1})
        try:
            answer = envelope.read(response.status_code, content_type_of(response), call.body(response))
        except Unauthorized:
            return False
        except RAGFlowError as error:
            raise call.annotate(error) from None
        return bytes(answer.data).startswith(b"[")
