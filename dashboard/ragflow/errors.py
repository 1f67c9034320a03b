"""The errors of the client.

RAGFlowError
├── Unreachable        no response: network, closed connection
│   ├── UnknownHost    the host name could not be resolved
│   ├── Refused        nobody listens at the address
│   ├── TLSFailed      no TLS connection; ``check`` says which check failed
│   └── TimedOut       no response in time
│       └── TooSlow    the response began in time, but was not complete in time
├── Unauthorized       the API key was refused
├── NotFound           it does not exist, belongs to someone else, or is out of reach
├── Rejected           RAGFlow rejected the request; the message has the reason
│   └── NotPermitted   the person for whom the client works may not change it
├── ServerError        RAGFlow, its proxy or its model provider failed
├── InvalidResponse    the response is not a valid response of RAGFlow
│   ├── Redirected     the server redirects to another address, which is never followed
│   └── TooLarge       the response exceeds the size limit
├── Upgraded           the server is another release than a moment ago
├── StreamInterrupted  a chat stream ended without its closing frame
└── UploadAborted      the file to upload ended before its announced size

UnsafeCall(ValueError) a call that must never be sent: a bug in our code and not a problem of the
                       server, so it is outside the tree and no view catches it
"""

from __future__ import annotations

from typing import Literal

# Which check of a TLS connection failed. "not tls": the server does not speak it, or not a version that we do;
# "authorities file": our own file with certificates cannot be read.
TLSCheck = Literal["expired", "not yet valid", "wrong host", "unknown issuer", "not tls", "authorities file", "other"]


class RAGFlowError(Exception):
    """Root of the tree. ``message`` is a sentence for users; the rest is for the log and the details.

    ``status`` is the HTTP status, ``code`` RAGFlow's own code, ``excerpt`` the beginning of an unreadable response.
    ``maybe_done``: a write may have happened in spite of the error. ``is_explained``: whether it was checked if the
    error comes from an upgrade of the server.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        method: str = "",
        path: str = "",
        base_url: str = "",
        elapsed_ms: int = 0,
        excerpt: str = "",
        maybe_done: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.method = method
        self.path = path
        self.base_url = base_url
        self.elapsed_ms = elapsed_ms
        self.excerpt = excerpt
        self.maybe_done = maybe_done
        self.is_explained = False

    def __str__(self) -> str:
        return self.message


class Unreachable(RAGFlowError):
    """No response: wrong URL, server down, TLS failure, or broken connection."""


class UnknownHost(Unreachable):
    """The host name of the server could not be resolved."""


class Refused(Unreachable):
    """The host refused the connection: nobody listens on this port."""


class TLSFailed(Unreachable):
    """There is no TLS connection, because of ``check``."""

    def __init__(self, message: str, check: TLSCheck = "other") -> None:
        super().__init__(message)
        self.check = check


class TimedOut(Unreachable):
    """The server did not respond in time."""


class TooSlow(TimedOut):
    """The response began, but was not complete in time."""


class Unauthorized(RAGFlowError):
    """The API key was refused (contract §2)."""


class NotFound(RAGFlowError):
    """It does not exist or is not ours; RAGFlow does not distinguish the two."""


class Rejected(RAGFlowError):
    """RAGFlow rejected the request. ``message`` is its reason, suitable for a form."""

    @classmethod
    def of(cls, error: RAGFlowError) -> Rejected:
        """The same failure as a rejection, with its context."""
        return cls(
            error.message,
            status=error.status,
            code=error.code,
            method=error.method,
            path=error.path,
            base_url=error.base_url,
            elapsed_ms=error.elapsed_ms,
        )


class NotPermitted(Rejected):
    """A change that the person may not make; it was not sent (``reach``)."""


class ServerError(RAGFlowError):
    """An exception or outage of the server (HTTP 5xx, code 100, code 500)."""


class InvalidResponse(RAGFlowError):
    """A response that is not the expected JSON: HTML, incomplete, or with missing or invalid fields."""


class Redirected(InvalidResponse):
    """The server redirects. ``location`` is the other address as the server sent it; "" if unknown."""

    location = ""


class TooLarge(InvalidResponse):
    """A response or event that exceeds the size limit; the rest was not read."""


class Upgraded(RAGFlowError):
    """The server became another release of RAGFlow in the meantime; a write was not sent."""


class StreamInterrupted(RAGFlowError):
    """A stream ended early. RAGFlow stores only complete turns, so this one is lost (contract §16.2)."""


class UploadAborted(RAGFlowError):
    """The bytes to upload ended early; nothing was stored."""


class UnsafeCall(ValueError):
    """A call that could destroy more than intended. It is refused before anything is sent."""
