"""What can go wrong between us and a RAGFlow server.

RAGFlowError
├── Unreachable        no answer: name, network, TLS, connection closed
│   └── TimedOut       an answer did not come in time
│       └── TooSlow    it began in time, but was not there as a whole
├── Unauthorized       the API key was refused
├── NotFound           the thing does not exist, or belongs to somebody else
├── Rejected           RAGFlow understood and said no: the message says why
├── ServerError        RAGFlow, its proxy or its model provider failed
├── InvalidResponse            the answer is not what RAGFlow answers
│   └── TooLarge       it has more bytes than are taken
├── StreamInterrupted             a chat stream ended without its closing frame
└── UploadAborted       what we were to send broke off before its announced end

UnsafeCall(ValueError) a call that must never be sent; a mistake in our own code, not in the
                       server's answer, so it is outside the tree and no view catches it
"""

from __future__ import annotations


class RAGFlowError(Exception):
    """Root of the tree. ``message`` is a sentence for people; the rest is for the log and the details.

    ``status`` is the HTTP status, ``code`` RAGFlow's own code, ``excerpt`` the beginning of an answer that could
    not be read, ``maybe_done`` tells whether a write may have happened in spite of the error.
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

    def __str__(self) -> str:
        return self.message


class Unreachable(RAGFlowError):
    """No answer came: wrong address, server down, TLS refused, or the connection broke."""


class TimedOut(Unreachable):
    """The server took longer than the time allowed."""


class TooSlow(TimedOut):
    """The answer began to come, but not all of it had arrived when it had to be there."""


class Unauthorized(RAGFlowError):
    """The API key was refused (contract §2)."""


class NotFound(RAGFlowError):
    """No such thing, or not ours: RAGFlow does not tell the two apart."""


class Rejected(RAGFlowError):
    """RAGFlow refused the request; ``message`` is its reason, fit to be shown beside a form."""


class ServerError(RAGFlowError):
    """An exception or an outage on the server's side (HTTP 5xx, code 100, code 500)."""


class InvalidResponse(RAGFlowError):
    """An answer that is not the JSON it should be: HTML, half a document, a missing or odd field."""


class TooLarge(InvalidResponse):
    """An answer, or an event of a stream, with more bytes than are taken; the rest was not read."""


class StreamInterrupted(RAGFlowError):
    """A stream broke off. RAGFlow stores a turn only at its end, so this one is lost (contract §16.2)."""


class UploadAborted(RAGFlowError):
    """The bytes to upload ended early; nothing was stored."""


class UnsafeCall(ValueError):
    """A call that could destroy more than was meant. Refused before anything is sent."""
