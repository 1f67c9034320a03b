"""Translates exceptions of the HTTP libraries into our errors, with a message for users."""

from __future__ import annotations

import ssl
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from dashboard.ragflow.errors import (
    InvalidResponse,
    RAGFlowError,
    Refused,
    TimedOut,
    TLSCheck,
    TLSFailed,
    UnknownHost,
    Unreachable,
)

# OpenSSL's codes for a certificate that could not be verified (x509_vfy.h).
_CHECKS: Final[dict[int, TLSCheck]] = {
    9: "not yet valid",
    10: "expired",
    62: "wrong host",
    64: "wrong host",
    **dict.fromkeys((2, 18, 19, 20, 21), "unknown issuer"),
}
_PROBLEMS: Final[dict[TLSCheck, str]] = {
    "expired": "its certificate has expired.",
    "not yet valid": "its certificate is not valid yet.",
    "wrong host": "its certificate is for another host name.",
    "unknown issuer": "its certificate is not from a known authority.",
    "not tls": "it may use plain HTTP or another TLS version.",
    "authorities file": "the file with the authorities' certificates cannot be read.",
    "other": "its certificate could not be verified.",
}


def translate(error: Exception, base_url: str) -> RAGFlowError:
    """The error for an exception of requests or urllib3; ``maybe_done`` if the request may have been received."""
    parts = urlsplit(base_url)
    host = parts.netloc
    reason = _reason(error)
    if isinstance(error, requests.ConnectTimeout):
        return TimedOut(f"Connecting to {host} timed out.")
    if isinstance(error, requests.ReadTimeout) or isinstance(
        reason, urllib3.exceptions.ReadTimeoutError | TimeoutError
    ):
        return TimedOut(f"{host} did not respond in time.", maybe_done=True)
    if (check := _failed_check(error, reason)) is not None:
        return TLSFailed(f"The TLS connection to {host} failed: {_PROBLEMS[check]}", check)
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return UnknownHost(f"The host name {parts.hostname} could not be resolved.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        if isinstance(reason.__cause__, ConnectionRefusedError):
            return Refused(f"{host} refused the connection. Check that RAGFlow is running there.")
        return Unreachable(f"{host} cannot be reached: {_system_reason(reason)}.")
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return InvalidResponse("The server's response could not be decompressed.")
    wrong_url = requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema
    if isinstance(error, wrong_url) or isinstance(reason, urllib3.exceptions.LocationParseError):
        return Unreachable(f"{base_url} is not a valid URL.")
    return Unreachable(f"{host} closed the connection before its response was complete.", maybe_done=True)


def _failed_check(error: Exception, reason: BaseException) -> TLSCheck | None:
    """The check of TLS that failed; None if it is another error."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _CHECKS.get(reason.verify_code, "other")
    if isinstance(reason, ssl.SSLError):
        return "authorities file" if reason.reason in ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE") else "not tls"
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        # The only other error that requests raises: there is no such file.
        return "authorities file"
    return "not tls" if isinstance(error, requests.exceptions.SSLError) else None


def _system_reason(error: urllib3.exceptions.NewConnectionError) -> str:
    cause = error.__cause__
    return (cause.strerror if isinstance(cause, OSError) else None) or "no connection"


def _reason(error: BaseException) -> BaseException:
    """The innermost error: requests wraps those of urllib3, which wrap those of the socket."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if not isinstance(inner, BaseException) and len(error.args) > 1:
        inner = error.args[1]
    if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ReadTimeoutError):
        return error
    return _reason(inner) if isinstance(inner, BaseException) else error
