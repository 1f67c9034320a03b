"""Checks whether the configured RAGFlow is usable, and gives advice in one line if not."""

from __future__ import annotations

import contextlib
import socket
import ssl
from urllib.parse import urlsplit

from dashboard.ragflow import RAGFlow, Timeouts, errors
from ragflow_admin.local.listening import answers

TIMEOUTS = Timeouts(connect=5, read=10)
GOES_ON = "The dashboard will work once RAGFlow does."


def problem(base_url: str, api_key: str, *, verify: bool | str) -> str:
    """Check the server with the API key once; "" if it works. Takes a few seconds at most."""
    parts = urlsplit(base_url)
    host = parts.netloc
    try:
        if RAGFlow(base_url, api_key, verify=verify, timeouts=TIMEOUTS).system.check_key():
            return ""
    except errors.Unauthorized:
        pass
    except errors.TimedOut as error:
        return f"{error.message} Check RAGFLOW_BASE_URL and firewalls. {GOES_ON}"
    except errors.RAGFlowError as error:
        return _scheme_problem(base_url) or _other_problem(error, host)
    return f"{host} rejected the API key. Create one on RAGFlow's API page, set RAGFLOW_API_KEY to it, and restart."


def _scheme_problem(base_url: str) -> str:
    """Advice about ``http`` or ``https`` in the address; "" if it is correct."""
    parts = urlsplit(base_url)
    place = f"{parts.netloc}{parts.path}"
    encrypted = _speaks_tls(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    if parts.scheme == "http":
        return f"{parts.netloc} uses HTTPS: set RAGFLOW_BASE_URL=https://{place}" if encrypted else ""
    if encrypted:
        return (
            f"The TLS certificate of {parts.netloc} is not trusted. Use one from a known authority, or set"
            " RAGFLOW_VERIFY_TLS=false on a trusted network."
        )
    if answers(f"http://{parts.netloc}/"):
        return f"{parts.netloc} uses plain HTTP: set RAGFLOW_BASE_URL=http://{place}"
    return ""


def _other_problem(error: errors.RAGFlowError, host: str) -> str:
    if isinstance(error, errors.Unreachable):
        return f"{error.message} Start RAGFlow, or correct RAGFLOW_BASE_URL. {GOES_ON}"
    if isinstance(error, errors.ServerError):
        return f"RAGFlow at {host} returned an error: {error.message} It may still be starting. {GOES_ON}"
    return (
        f"The server at {host} is not RAGFlow's API. Set RAGFLOW_BASE_URL to the address of the API, by default on"
        " port 9380."
    )


def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    # only tests for TLS: nothing is sent, and the certificate is not trusted
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5) as plain:
        plain.settimeout(5)
        with context.wrap_socket(plain, server_hostname=host):
            return True
    return False
