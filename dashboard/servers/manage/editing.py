"""Adds and changes servers, and says what has changed; never the key."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from dashboard.audit import own_writes
from dashboard.models import Server
from dashboard.servers import addresses, diagnosis, order
from dashboard.servers.diagnosis import Diagnosis, Problem, Target


@dataclass(frozen=True)
class Entry:
    """What was entered about a server. An empty ``api_key`` keeps the stored one; ``ca_file`` is "" for the public
    authorities.
    """

    name: str
    base_url: str
    api_key: str = field(repr=False)
    verify_tls: bool
    ca_file: str

    def changed(self, server: Server) -> list[str]:
        """The names of the fields that differ from the server's."""
        fields = ("name", "base_url", "verify_tls", "ca_file")
        found = [name for name in fields if getattr(self, name) != getattr(server, name)]
        return [*found, "api_key"] if self.api_key else found


def stored(server: Server) -> Entry:
    """The server as it is, with its key kept."""
    return Entry(server.name, server.base_url, "", server.verify_tls, server.ca_file)


def test(entry: Entry, server: Server | None) -> Diagnosis:
    """Test the entered connection, with the key of ``server`` if none was entered. Nothing is saved."""
    try:
        key = entry.api_key or (server.api_key if server else "")
    except ImproperlyConfigured:
        return Diagnosis(Problem.KEY_UNREADABLE)
    verify = (entry.ca_file or True) if entry.verify_tls else False
    return diagnosis.diagnose(Target(entry.base_url, key, verify))


def record_test(user: User, entry: Entry, server: Server | None, found: Diagnosis) -> None:
    """Record that the connection was tested, and the outcome."""
    target = (server.slug if server else "", entry.name or found.host)
    own_writes.record(user, "server.test", target, server=server, address=entry.base_url, outcome=found.outcome)


@transaction.atomic
def create(user: User, entry: Entry) -> Server:
    """Add the server at the end of the list; the first one is the default."""
    server = Server(
        name=entry.name,
        slug=addresses.free_slug(entry.name),
        base_url=entry.base_url,
        verify_tls=entry.verify_tls,
        ca_file=entry.ca_file,
        is_default=not Server.objects.filter(is_default=True).exists(),
        position=order.next_position(),
    )
    server.api_key = entry.api_key
    server.save()
    own_writes.record(user, "server.create", (server.slug, server.name), server=server, address=server.base_url)
    return server


@transaction.atomic
def update(user: User, server: Server, entry: Entry) -> list[str]:
    """Save what has changed; returns the names of the changed fields."""
    changed = entry.changed(server)
    if not changed:
        return []
    before = {name: getattr(server, name) for name in changed if name != "api_key"}
    for name in before:
        setattr(server, name, getattr(entry, name))
    if entry.api_key:
        server.api_key = entry.api_key
    server.save()
    after = {name: getattr(server, name) for name in before}
    target = (server.slug, server.name)
    own_writes.record(user, "server.update", target, server=server, fields=changed, before=before, after=after)
    return changed
