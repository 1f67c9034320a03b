"""Hosts and ports: whether we may listen there, and whether somebody answers there."""

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


def own_addresses() -> list[str]:
    """The addresses under which other machines may reach this one, the likeliest first."""
    found = [
        address.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = {
        one for one in found if not (ipaddress.ip_address(one).is_loopback or ipaddress.ip_address(one).is_link_local)
    }
    towards_others = _address_towards_others()
    return sorted(usable, key=lambda one: (one != towards_others, ":" in one, one))


def _address_towards_others() -> str:
    """The address that packets to the outside carry; empty when there is no way out. Nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address that is nobody's (RFC 5737)
        return str(probe.getsockname()[0])
    return ""


def own_names(host: str) -> list[str]:
    """Names and addresses under which a server on ``host`` is likely to be called, also from other machines."""
    name = socket.gethostname()
    found = {"localhost", "127.0.0.1", "[::1]", name, socket.getfqdn()}
    if "." not in name:
        found.add(f"{name}.local")  # as machines find each other without a name server
    addresses = own_addresses() if host in EVERYWHERE else [host]
    return sorted(found | {bracketed(address) for address in addresses})


def addresses_to_open(host: str, allowed: list[str]) -> list[str]:
    """The hosts, in the form that addresses want, by which people reach a server on ``host`` that answers to
    ``allowed`` alone: the best for others first, at least one.
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
                f"Port {port} on {host} is taken. End what uses it, or choose another: make run PORT={port + 1}"
            ) from error
        if error.errno == errno.EACCES:
            raise PortUnusable(
                f"Port {port} is kept for root, as most below 1024 are. Choose another, such as make run PORT=8080, or"
                " put a proxy on that port (docs/production.md)."
            ) from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise PortUnusable(
                f"HOST={host} is no address of this machine. Use 127.0.0.1 for this machine alone, 0.0.0.0 for all of"
                f" its addresses: {', '.join(own_addresses()) or 'it has no others'}."
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
