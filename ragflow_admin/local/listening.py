"""Hosts and ports: whether we can listen on them, and whether a server responds."""

from __future__ import annotations

import contextlib
import errno
import http.client
import ipaddress
import socket

import psutil
from django.http.request import validate_host

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104


class PortUnusable(Exception):
    """The port cannot be used; the message says why and what to do."""


def answers(address: str, expected: int | None = None, name: str = "") -> bool:
    """Whether an HTTP server responds to the host name ``name`` (with the status ``expected``, if given)."""
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
    """A host in URL form: IPv6 addresses get brackets."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """The host by which this machine reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_addresses() -> list[str]:
    """The addresses by which other machines may reach this one, most likely first."""
    found = [
        address.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = {
        one for one in found if not (ipaddress.ip_address(one).is_loopback or ipaddress.ip_address(one).is_link_local)
    }
    towards_others = outgoing_address()
    return sorted(usable, key=lambda one: (one != towards_others, ":" in one, one))


def outgoing_address() -> str:
    """The source address of outgoing packets; "" without a route. Sends nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737)
        return str(probe.getsockname()[0])
    return ""


def own_names(host: str) -> list[str]:
    """Names and addresses by which a server on ``host`` is likely to be opened, also from other machines."""
    name = socket.gethostname()
    found = {"localhost", "127.0.0.1", "[::1]", name, socket.getfqdn()}
    if "." not in name:
        found.add(f"{name}.local")  # mDNS
    addresses = own_addresses() if host in EVERYWHERE else [host]
    return sorted(found | {bracketed(address) for address in addresses})


def addresses_to_open(host: str, allowed: list[str]) -> list[str]:
    """The hosts in URL form by which users reach a server on ``host`` that only accepts ``allowed``.

    At least one; those that work from other machines come first.
    """
    candidates = [bracketed(one) for one in ([*own_addresses()[:1], reachable(host)] if host in EVERYWHERE else [host])]
    names = [name for name in allowed if not name.startswith((".", "*"))]
    return [one for one in candidates if validate_host(one, allowed)] or names[:1] or candidates[:1]


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
                f"Port {port} on {host} is in use. Stop what uses it, or choose another: make run PORT={port + 1}"
            ) from error
        if error.errno == errno.EACCES:
            raise PortUnusable(
                f"Port {port} requires root, like most ports below 1024. Choose another, such as make run PORT=8080, or"
                " use a proxy on that port (docs/production.md)."
            ) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise PortUnusable(
                f"HOST={host} is not an address of this machine. Use 127.0.0.1 for local access only, or 0.0.0.0 for"
                f" all of its addresses: {', '.join(own_addresses()) or 'it has no others'}."
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
