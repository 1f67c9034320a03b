"""Whether the RAGFlow of the environment can be used, and if not, one line that says what to do."""

from __future__ import annotations

import contextlib
import socket
import ssl
from urllib.parse import urlsplit

from dashboard.ragflow import RAGFlow, Timeouts, errors
from ragflow_admin.local.listening import answers

TIMEOUTS = Timeouts(connect=5, read=10)
GOES_ON = "The dashboard works as soon as it does."


def problem(base_url: str, api_key: str, *, verify: bool) -> str:
    """Asks the server once for what needs the key. Empty when all is well; takes some seconds at most."""
    parts = urlsplit(base_url)
    host = parts.netloc
    try:
        if RAGFlow(base_url, api_key, verify=verify, timeouts=TIMEOUTS).system.check_key():
            return ""
    except errors.Unauthorized:
        pass
    except errors.TimedOut as error:
        return f"{error.message} Is RAGFLOW_BASE_URL right, and is no firewall between? {GOES_ON}"
    except errors.RAGFlowError as error:
        return _scheme_problem(base_url) or _other_problem(error, host)
    return f"{host} refuses the API key. Make one on RAGFlow's API page, set RAGFLOW_API_KEY to it, and start again."


def _scheme_problem(base_url: str) -> str:
    """What is wrong with ``http`` or ``https`` in the address; empty when nothing is."""
    parts = urlsplit(base_url)
    place = f"{parts.netloc}{parts.path}"
    encrypted = _speaks_tls(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    if parts.scheme == "http":
        return f"{parts.netloc} speaks HTTPS: set RAGFLOW_BASE_URL=https://{place}" if encrypted else ""
    if encrypted:
        return (
            f"The TLS certificate of {parts.netloc} is not trusted. Give it one from a known authority, or set"
            " RAGFLOW_VERIFY_TLS=false on a network that you trust."
        )
    if answers(f"http://{parts.netloc}/"):
        return f"{parts.netloc} speaks plain HTTP: set RAGFLOW_BASE_URL=http://{place}"
    return ""


def _other_problem(error: errors.RAGFlowError, host: str) -> str:
    if isinstance(error, errors.Unreachable):
        return f"{error.message} Start it, or set RAGFLOW_BASE_URL to where it listens. {GOES_ON}"
    if isinstance(error, errors.ServerError):
        return f"RAGFlow at {host} answers, but fails: {error.message} It may still be starting. {GOES_ON}"
    return (
        f"What answers at {host} is not RAGFlow's API. Set RAGFLOW_BASE_URL to the address of the API, which listens on"
        " port 9380 unless somebody changed it."
    )


def _speaks_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    # only whether it does: nothing is sent, and no certificate is believed
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5) as plain:
        plain.settimeout(5)
        with context.wrap_socket(plain, server_hostname=host):
            return True
    return False
