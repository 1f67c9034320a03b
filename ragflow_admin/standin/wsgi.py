"""The WSGI application: records every request, injects faults, then calls Django."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

from ragflow_admin.standin.control import state  # noqa: E402 - after Django's set-up

Environ = dict[str, Any]


class ConnectionDropped(Exception):
    """Closes the connection at once, before or during a response."""


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path.startswith("/_standin"):
        return _django(environ, start_response)
    method = environ["REQUEST_METHOD"]
    key = (environ.get("HTTP_AUTHORIZATION") or " ").split(" ")[-1]
    state.record(
        {
            "at": time.time(),
            "method": method,
            "path": path,
            "query": environ.get("QUERY_STRING", ""),
            "key": key,
            "content_type": environ.get("CONTENT_TYPE", ""),
            "json": _json_of(environ),
        }
    )
    fault = state.fault_for(method, path, key)
    if fault is None:
        return _answer(environ, start_response)
    return _with(fault, environ, start_response)


def _json_of(environ: Environ) -> Any:
    """The JSON body of a request, for the record; the body is put back for Django."""
    if not environ.get("CONTENT_TYPE", "").startswith("application/json"):
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    with contextlib.suppress(ValueError):
        return json.loads(body)
    return None


def _answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Django's response, with headers that Django can't send (repeated, or with raw bytes)."""
    response: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        response.update(status=status, headers=headers)
        return lambda data: None

    body = _django(environ, start)
    start_response(response["status"], response["headers"] + getattr(body, "_headers_raw", []))
    return body


def _plain(start_response: StartResponse, status: str, kind: str, text: str, length: int | None = None) -> list[bytes]:
    body = text.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(length or len(body)))])
    return [body]


def _with(fault: state.Fault, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    kind = fault.kind
    if kind == "slow":
        time.sleep(fault.seconds)
        return _answer(environ, start_response)
    if kind == "drop":
        raise ConnectionDropped
    if kind in ("error_answer", "error_midway", "answer", "think", "think_twice", "unordered"):
        environ["standin.fault"], environ["standin.message"] = kind, fault.message
        return _answer(environ, start_response)
    if kind in ("cut_stream", "no_final_frame", "no_terminator", "stall"):
        return _frames(fault, _answer(environ, start_response))
    as_json = "application/json"
    if kind == "error500":
        return _plain(start_response, "500 Internal Server Error", "text/plain", "Internal Server Error")
    if kind == "html":
        page = "<!DOCTYPE html><html><head><title>RAGFlow</title></head><body><div id='root'></div></body></html>"
        return _plain(start_response, "200 OK", "text/html; charset=utf-8", page)
    if kind == "half_json":
        return _plain(start_response, "200 OK", as_json, '{"code": 0, "data": {"docs": [{"id": "5f3c')
    if kind == "data_false":
        return _plain(start_response, "200 OK", as_json, '{"code": 0, "data": false}')
    if kind == "unauthorized" and state.release == "0.27":
        text = '{"code": 401, "data": null, "message": "<Unauthorized \'401: Unauthorized\'>"}'
        return _plain(start_response, "401 Unauthorized", as_json, text)
    if kind == "unauthorized":
        text = '{"code": 109, "data": false, "message": "Authentication error: API key is invalid!"}'
        return _plain(start_response, "200 OK", as_json, text)
    body = json.dumps({"code": fault.code, "message": fault.message})
    return _plain(start_response, "200 OK", as_json, body)


def _frames(fault: state.Fault, body: Iterable[bytes]) -> Iterator[bytes]:
    """A stream that fails after `fault.after` frames (cut_stream, stall) or at its end."""
    try:
        for number, frame in enumerate(body):
            if fault.kind == "no_final_frame" and b'"final": true' in frame:
                continue
            if fault.kind == "no_terminator" and b'"data": true' in frame:
                continue
            if number == fault.after and fault.kind == "stall":
                time.sleep(fault.seconds or 3600)
            if number == fault.after and fault.kind == "cut_stream":
                raise ConnectionDropped
            yield frame
        if fault.kind == "cut_stream":
            raise ConnectionDropped
    finally:
        close = getattr(body, "close", None)
        if close:
            close()
