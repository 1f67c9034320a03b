"""Translates exceptions of the HTTP libraries into our errors, with a message for users."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
import urllib3

from dashboard.ragflow.errors import InvalidResponse, RAGFlowError, TimedOut, Unreachable


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
    if isinstance(error, requests.exceptions.SSLError) or isinstance(reason, urllib3.exceptions.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Unreachable(f"The TLS connection to {host} failed: its certificate could not be verified.")
        return Unreachable(f"The TLS connection to {host} failed: it may use plain HTTP or another TLS version.")
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Unreachable(f"The host name {parts.hostname} could not be resolved.")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable(f"{host} refused the connection. Check that RAGFlow is running there.")
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return InvalidResponse("The server's response could not be decompressed.")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return Unreachable(f"{base_url} is not a valid URL.")
    return Unreachable(f"{host} closed the connection before its response was complete.", maybe_done=True)


def _reason(error: BaseException) -> BaseException:
    """The innermost error: requests wraps those of urllib3, which wrap those of the socket."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if not isinstance(inner, BaseException) and len(error.args) > 1:
        inner = error.args[1]
    if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ReadTimeoutError):
        return error
    return _reason(inner) if isinstance(inner, BaseException) else error
