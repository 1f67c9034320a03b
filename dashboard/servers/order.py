"""The order of the servers in the list and the switcher, and which of them is the default one."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from dashboard.models import Server


def next_position() -> int:
    """The position of a new server: the last."""
    last: int | None = Server.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


@transaction.atomic
def move(server: Server, step: int) -> bool:
    """Move the server up (-1) or down (1); returns whether its place has changed."""
    servers = list(Server.objects.select_for_update())
    before = servers.index(server)
    after = before + step
    if not 0 <= after < len(servers):
        return False
    servers.insert(after, servers.pop(before))
    for position, one in enumerate(servers):
        if one.position != position:
            Server.objects.filter(pk=one.pk).update(position=position)
    return True


@transaction.atomic
def make_default(server: Server) -> None:
    """Make it the server that people see after signing in."""
    list(Server.objects.select_for_update())
    Server.objects.filter(is_default=True).exclude(pk=server.pk).update(is_default=False)
    Server.objects.filter(pk=server.pk).update(is_default=True)
