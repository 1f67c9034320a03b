"""RAGFlow's envelope: nearly everything is HTTP 200 with `{"code": int, …}` (contract §1)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from django.http import HttpResponse

UNSET = object()


class Refused(Exception):
    """A handler rejects the request: `code` and `message` go into the envelope, `data` only if given."""

    def __init__(self, code: int, message: str, data: Any = UNSET) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


class ProgrammingError(Exception):
    """The SQL error that a negative offset causes in the real server."""


def json_answer(body: Any, status: int = 200) -> HttpResponse:
    """`body` as JSON with sorted keys. `msgspec.Raw` values are JSON text that is passed on unparsed."""
    try:
        content = msgspec.json.encode(body, order="sorted")
    except UnicodeEncodeError:
        # An unpaired surrogate: Python's json escapes it, like the real server.
        content = json.dumps(body, sort_keys=True).encode()
    return HttpResponse(content, content_type="application/json", status=status)


def done(data: Any = UNSET, **more: Any) -> HttpResponse:
    """Success of a documented route: `data` only if there is any, and never a `message`."""
    body = {"code": 0, **more}
    if data is not UNSET:
        body["data"] = data
    return json_answer(body)


def success(data: Any) -> HttpResponse:
    """Success of the web application's routes, which always carry a `message`."""
    return json_answer({"code": 0, "data": data, "message": "success"})


def refusal(refused: Refused) -> HttpResponse:
    body: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.data is not UNSET:
        body["data"] = refused.data
    return json_answer(body)


def crash(error: BaseException) -> HttpResponse:
    """An unhandled exception: code 100 with its repr, or HTTP 401 if the text suggests it (contract §1.3)."""
    text = repr(error)
    if "401" in text or "unauthorized" in text.lower():
        return json_answer({"code": 401, "data": None, "message": "Unauthorized"}, status=401)
    return json_answer({"code": 100, "data": None, "message": text})


def raw_json(text: str) -> msgspec.Raw:
    """JSON text from the database, passed on unparsed."""
    return msgspec.Raw(text.encode())
