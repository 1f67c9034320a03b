"""Hosts and ports: whether we may listen there, and whether somebody answers there."""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import socket


class PortUnusable(Exception):
    """Nothing can listen there; the message says why and what to do."""


def answers(address: str, expected: int | None = None, name: str = "") -> bool:
    """Whether an HTTP server answers there (with the status ``expected``, if given), asked under ``name``."""
    _scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", f"/{path}", headers={"Host": name.lstrip(".")} if name.strip("*.") else {})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return expected is None or status == expected


def bracketed(host: str) -> str:
    """An IPv6 address in the form that addresses want."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """Where this machine itself reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_names(host: str) -> list[str]:
    """Names and addresses under which a server on ``host`` is likely to be called from other machines."""
    found = {"localhost", "127.0.0.1", "[::1]", socket.gethostname(), socket.getfqdn()}
    found |= {bracketed(host)} if host not in ("0.0.0.0", "::", "") else set()  # noqa: S104
    with contextlib.suppress(OSError):
        addresses = socket.getaddrinfo(socket.gethostname(), None)
        found |= {bracketed(str(address[4][0]).partition("%")[0]) for address in addresses}
    return sorted(found)


def check_port(host: str, port: int) -> None:
    """Raises PortUnusable when nothing can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or "127.0.0.1", port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortUnusable(
                f"Port {port} on {host} is taken. End what uses it, or choose another: make run PORT={port + 1}"
            ) from error
        raise PortUnusable(f"Cannot listen on HOST={host} PORT={port}: {error.strerror}.") from error


def free_port(host: str, preferred: int) -> int:
    """The preferred port if it is free, otherwise one that is."""
    for port in (preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise PortUnusable(f"No port is free on {host}.")
