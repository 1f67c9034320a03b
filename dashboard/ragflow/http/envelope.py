"""Interprets responses of RAGFlow, without I/O: (status, content type, body) in, data or an error out (contract §1, 2).

Nearly every response is HTTP 200 with ``{"code": …}``. Success is code 0 *and* data of the expected shape, because a
refused Authorization header can be code 0 with ``data: false``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal, TypeVar

import msgspec

from dashboard.ragflow.errors import (
    InvalidResponse,
    NotFound,
    RAGFlowError,
    Redirected,
    Rejected,
    ServerError,
    Unauthorized,
)
from dashboard.ragflow.http.json_repair import decode, says, without_nul

T = TypeVar("T")

EXCERPT: Final = 200

# Code 102 means many things, so these are told by their text, which is in lower case since 0.27.
_NOT_FOUND = re.compile(
    r"You (?:don't|do not) own (?:the|this) "
    r"|The datasets? (?:doesn't|don't|not) own the document"
    r"|The (?:chat|agent|assistant) doesn't own the session"
    r"|The (?:chat|agent|session) doesn't exist"
    r"|Session (?:does not exist|not found)"
    r"|User '[^']*' lacks permission for datasets?\b"
    r"|Documents? not found"
    r"|Assistant\([^)]*\) not found"
    r"|Chunk not found"
    r"|Can't find this chunk"
    r"|(?:LookupError\([\"'])?Can't find the (?:dataset|document) with"
    r"|No authorization"
    r"|Log not found"
    r"|Chat\([^)]*\) not found",
    # 0.27 begins them in lower case.
    re.IGNORECASE,
)
_BAD_ID = re.compile(r"Field: <(?:id|dataset_id)> - Message: <Invalid UUID1? format>")


class _Envelope(msgspec.Struct):
    code: int
    data: msgspec.Raw = msgspec.Raw(b"null")
    message: Any = None
    total_datasets: int | None = None


class _Coded(msgspec.Struct):
    code: Any = msgspec.UNSET


_envelope = msgspec.json.Decoder(_Envelope)
_coded = msgspec.json.Decoder(_Coded)


class Answer(msgspec.Struct, frozen=True):
    """A successful response with undecoded data. ``annotate`` adds the context of the call to an error."""

    data: msgspec.Raw
    total_datasets: int | None
    status: int
    annotate: Callable[[RAGFlowError], RAGFlowError]

    def decode(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The decoded data. Raises InvalidResponse if it has another shape."""
        try:
            return decode(self.data, decoder)
        except msgspec.DecodeError as error:
            raise self.annotate(
                InvalidResponse(
                    f"RAGFlow returned an unexpected response: {error}.",
                    status=self.status,
                    code=0,
                    excerpt=excerpt(bytes(self.data)),
                )
            ) from None

    @property
    def empty(self) -> bool:
        """Whether the response has no data, like most confirmations."""
        return says(self.data, b"null")


def _unchanged(error: RAGFlowError) -> RAGFlowError:
    return error


def read(
    status: int,
    content_type: str,
    body: bytes,
    annotate: Callable[[RAGFlowError], RAGFlowError] = _unchanged,
) -> Answer:
    """The response to a JSON call; raises the error that it means.

    ``Unauthorized`` may be wrong in two cases, see ``maybe_false``: HTTP 401, which RAGFlow also sends if a model
    provider refused *its* key, and ``data: false`` without a message about authorization.
    """
    envelope = _open(status, content_type, body)
    message = _text(envelope.message)
    if status >= 500:
        raise ServerError(message or f"RAGFlow returned HTTP {status}.", status=status, code=envelope.code)
    if envelope.code != 0:
        raise refusal(status, envelope.code, message)
    if status >= 400:
        raise _http_refusal(status, message or f"RAGFlow returned HTTP {status}.", "")
    if says(envelope.data, b"false"):
        raise Unauthorized(message or "RAGFlow returned no data.", status=status, code=0)
    return Answer(data=envelope.data, total_datasets=envelope.total_datasets, status=status, annotate=annotate)


def rows(
    status: int,
    content_type: str,
    body: bytes,
    decoder: msgspec.json.Decoder[T],
    annotate: Callable[[RAGFlowError], RAGFlowError] = _unchanged,
) -> T:
    """Like ``read`` followed by ``decode``, but parses a long response once instead of twice."""
    if 200 <= status < 300 and is_json(content_type):
        with contextlib.suppress(msgspec.DecodeError):
            found: T = decode(without_nul(body), _at_once(decoder)).data
            return found
    return read(status, content_type, body, annotate).decode(decoder)


@cache
def _at_once(decoder: msgspec.json.Decoder[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("_Success", [("code", Literal[0]), ("data", decoder.type)]))


def refusal(status: int, code: int, message: str) -> RAGFlowError:
    """The error for a non-zero code (contract §1.2, §25)."""
    text = message or f"RAGFlow rejected the request with code {code}."
    kind: type[RAGFlowError]
    if status == 401 or code == 401 or message.startswith("Authentication error"):
        kind = Unauthorized
    elif code in (404, 108) or _NOT_FOUND.match(message) or (code == 101 and _BAD_ID.match(message)):
        kind = NotFound
    elif code == 109:
        # 109 is also the code for datasets whose embedding models differ (contract §14.1).
        kind = Rejected if "embedding model" in message else Unauthorized
    elif code in (100, 500):
        kind = ServerError
    else:
        kind = Rejected
    return kind(text, status=status, code=code)


def maybe_false(error: Unauthorized) -> bool:
    """Whether a cheap call should verify that the key is really refused (contract §1.3)."""
    if error.code == 0:
        return "authorization" not in error.message.lower()
    return error.status == 401 or error.code == 401


def _open(status: int, content_type: str, body: bytes) -> _Envelope:
    """The envelope of a JSON response. A response without one raises an error by its HTTP status."""
    said_json = is_json(content_type)
    if said_json:
        with contextlib.suppress(msgspec.DecodeError):
            return decode(without_nul(body), _envelope)
    if not (200 <= status < 300):
        raise _http_refusal(status, f"RAGFlow returned HTTP {status}.", excerpt(body))
    if not body.strip():
        problem = "an empty response"
    elif said_json:
        problem = "incomplete or unexpected JSON"
    else:
        problem = f"“{content_type or 'no content type'}” instead of JSON"
    raise InvalidResponse(
        f"The server sent {problem}. Check that the base URL points to RAGFlow.", status=status, excerpt=excerpt(body)
    )


def is_json(content_type: str) -> bool:
    """Whether the Content-Type header means JSON."""
    return content_type.split(";", 1)[0].strip().lower() == "application/json"


def has_code(body: bytes) -> bool:
    """Whether the JSON of a response has RAGFlow's code, and so is an envelope."""
    try:
        return decode(without_nul(body), _coded).code is not msgspec.UNSET
    except msgspec.DecodeError:
        return False


def _http_refusal(status: int, message: str, beginning: str) -> RAGFlowError:
    kind: type[RAGFlowError]
    if status >= 500:
        kind = ServerError
    elif status == 401:
        kind = Unauthorized
    elif status == 404:
        kind = NotFound
    elif status == 413:
        kind, message = Rejected, "The upload exceeds the size limit of the proxy in front of RAGFlow."
    elif 300 <= status < 400:
        kind, message = (
            Redirected,
            f"The server redirects to another URL (HTTP {status}). Check the base URL.",
        )
    else:
        kind = Rejected
    return kind(message, status=status, excerpt=beginning)


def excerpt(body: bytes) -> str:
    """The beginning of a response on one line, for the details of an error."""
    return " ".join(body[: EXCERPT * 4].decode("utf-8", "replace").split())[:EXCERPT]


def _text(message: Any) -> str:
    """RAGFlow's message; some endpoints send ``true`` instead."""
    return message.strip() if isinstance(message, str) else ""
