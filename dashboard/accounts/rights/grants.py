"""Giving roles on single servers and in single datasets. Each change is recorded in the audit trail.

They count from the person's next request on, because every request reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from dashboard.audit.recorder import record_local
from dashboard.core.access.rights import Role
from dashboard.models import Grant, Server

# What can be given: administrators are always administrators of everything.
GIVEN = (Role.VIEWER, Role.CURATOR)


@dataclass(frozen=True)
class OnServer:
    """What a person was given on one server: a role on all of it, and roles in datasets."""

    server: Server
    role: Role | None
    datasets: tuple[Grant, ...]


def of(user: User | None) -> list[OnServer]:
    """What a person was given on each server, in the order of the servers. Nothing for somebody new."""
    granted: dict[int, list[Grant]] = {}
    for grant in Grant.objects.filter(user=user) if user else ():
        granted.setdefault(grant.server_id, []).append(grant)
    return [_on(server, granted.get(server.pk, [])) for server in Server.objects.all()]


def _on(server: Server, grants: list[Grant]) -> OnServer:
    whole = next((Role(grant.role) for grant in grants if not grant.dataset_id), None)
    return OnServer(server, whole, tuple(grant for grant in grants if grant.dataset_id))


@transaction.atomic
def give_on_servers(user: User, roles: Mapping[Server, Role | None], *, by: User, name: str) -> None:
    """Set the roles on whole servers; None takes one away. ``name`` is what to call the person in the audit trail."""
    for server, role in roles.items():
        mine = Grant.objects.filter(user=user, server=server, dataset_id="")
        before = mine.values_list("role", flat=True).first()
        if before == (int(role) if role else None):
            continue
        if role is None:
            mine.delete()
        else:
            Grant.objects.update_or_create(user=user, server=server, dataset_id="", defaults={"role": int(role)})
        _record(user, name, server, before={"role": _named(before)}, after={"role": _named(role)}, by=by)


@transaction.atomic
def give_in_datasets(
    user: User, server: Server, given: Mapping[str, tuple[str, Role | None]], *, by: User, name: str
) -> int:
    """Set roles in datasets of a server: by id, the name of the dataset and the role, None to take it away.

    Datasets that are not in ``given`` keep their roles. Returns the number of changes.
    """
    known = {grant.dataset_id: grant for grant in Grant.objects.filter(user=user, server=server).exclude(dataset_id="")}
    changes = 0
    for dataset_id, (dataset_name, role) in given.items():
        before = known[dataset_id].role if dataset_id in known else None
        if before == (int(role) if role else None):
            continue
        changes += 1
        if role is None:
            known[dataset_id].delete()
        else:
            told = {"role": int(role), "dataset_name": dataset_name[:255]}
            Grant.objects.update_or_create(user=user, server=server, dataset_id=dataset_id, defaults=told)
        _record(
            user,
            name,
            server,
            before={"role": _named(before)},
            after={"role": _named(role)},
            by=by,
            dataset_id=dataset_id,
            dataset=dataset_name,
        )
    return changes


def _record(user: User, name: str, server: Server, *, by: User, **detail: Any) -> None:
    record_local("person.rights", (str(user.pk), name), by=by, server=server.name, **detail)


def _named(role: int | None) -> str:
    return Role(role).group if role else ""
