"""Who may see and change what: the one place that knows the rights of people.

An administrator may do everything. Other people have a role on every server (a Django group), on one server, or in
single datasets of a server (``models.Grant``). Whoever has a role on a whole server sees everything there. Whoever only
has roles in datasets sees these, and the assistants that use nothing else: everything else does not exist for them.

``ServerMiddleware`` applies the rights to every address of a server, and ``servers.connection`` to every call to
RAGFlow, whether a page, a job, an export or a chat makes it (``ragflow.reach``).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Q, QuerySet

from dashboard.models import Grant, QuestionSet, Server
from dashboard.ragflow.reach.reach import Reach

Rows = TypeVar("Rows", bound=QuerySet[Any])


class Role(enum.IntEnum):
    """The roles in ascending order, each including the one before. ``group`` is the name of the Django group."""

    VIEWER = 1
    CURATOR = 2
    ADMINISTRATOR = 3

    @property
    def group(self) -> str:
        return self.name.title()


@dataclass(frozen=True)
class ServerRights:
    """What a person may do on one server: ``role`` on all of it, or None; ``datasets`` are roles in single datasets."""

    role: Role | None = None
    datasets: Mapping[str, Role] = field(default_factory=dict)

    @property
    def is_limited(self) -> bool:
        """Whether the person sees only some datasets."""
        return self.role is None

    @property
    def highest(self) -> Role | None:
        """The highest role that the person has anywhere on the server."""
        return max((role for role in (self.role, *self.datasets.values()) if role), default=None)

    def sees(self, dataset_id: str) -> bool:
        """Whether the person may see the dataset."""
        return self.role_in(dataset_id) is not None

    def role_in(self, dataset_id: str) -> Role | None:
        """The role in a dataset; None if it does not exist for the person."""
        return max((role for role in (self.role, self.datasets.get(dataset_id)) if role), default=None)

    def role_in_all(self, dataset_ids: Iterable[str]) -> Role | None:
        """The role in what uses all of these datasets; None if one of them does not exist for the person."""
        roles = [self.role_in(id) for id in dataset_ids] or [self.role]
        return None if None in roles else min(role for role in roles if role)

    @property
    def reach(self) -> Reach:
        """These rights as the client of RAGFlow applies them."""
        curated = frozenset(id for id, role in self.datasets.items() if role >= Role.CURATOR)
        whole = self.role is not None and self.role >= Role.CURATOR
        return Reach(sees=frozenset(self.datasets) if self.is_limited else None, edits=None if whole else curated)

    def visible(self, rows: Rows, least: Role = Role.VIEWER) -> Rows:
        """The rows of datasets (``dataset_id``) in which the person has at least this role."""
        if (self.role or 0) >= least:
            return rows
        return rows.filter(dataset_id__in=[id for id, role in self.datasets.items() if role >= least])

    def visible_sets(self, sets: QuerySet[QuestionSet], least: Role = Role.VIEWER) -> QuerySet[QuestionSet]:
        """The question sets that only use datasets in which the person has at least this role."""
        if (self.role or 0) >= least:
            return sets
        uses = sets.order_by().values_list("pk", "dataset_ids")
        return sets.filter(pk__in=[pk for pk, ids in uses if (self.role_in_all(ids) or 0) >= least])


NOTHING: Final = ServerRights()


@dataclass(frozen=True)
class Rights:
    """What a person may do: ``everywhere`` is the role on all servers; ``granted`` has the other roles by server."""

    everywhere: Role | None = None
    granted: Mapping[int, ServerRights] = field(default_factory=dict)

    @property
    def is_administrator(self) -> bool:
        return self.everywhere is Role.ADMINISTRATOR

    @property
    def highest(self) -> Role | None:
        """The highest role that the person has anywhere."""
        found = [self.everywhere, *(on.highest for on in self.granted.values())]
        return max((role for role in found if role), default=None)

    def on(self, server: Server) -> ServerRights | None:
        """The rights on a server; None if it does not exist for the person."""
        granted = self.granted.get(server.pk, NOTHING)
        role = max((role for role in (self.everywhere, granted.role) if role), default=None)
        return ServerRights(role, granted.datasets) if role or granted.datasets else None

    def servers(self, servers: Iterable[Server]) -> list[Server]:
        """Those of the servers that the person may see, in their order."""
        return [server for server in servers if self.on(server)]


def rights_of(user: AbstractBaseUser | AnonymousUser | None) -> Rights:
    """The rights of a user; none for nobody and for a disabled account. Read once per user object."""
    if not isinstance(user, User) or not user.is_active:
        return Rights()
    if user.is_superuser:
        return Rights(everywhere=Role.ADMINISTRATOR)
    if not hasattr(user, "_rights"):
        know_rights(user, User.objects.filter(pk=user.pk).values_list(*RIGHTS))
    rights: Rights = user._rights  # type: ignore[attr-defined]
    return rights


# The columns from which ``know_rights`` reads the rights of a user.
RIGHTS: Final = ("groups__name", "grants__server", "grants__dataset_id", "grants__role")


def know_rights(user: User, rows: Iterable[tuple[Any, ...]]) -> None:
    """Spare ``rights_of`` its query: ``rows`` are the columns ``RIGHTS`` of the user."""
    rows = list(rows)
    groups = {row[0] for row in rows}
    everywhere = max((role for role in Role if role.group in groups), default=None)
    roles: dict[int, dict[str, Role]] = {}
    for _group, server, dataset_id, role in rows:
        if server is not None:
            roles.setdefault(server, {})[dataset_id] = Role(role)
    user._rights = Rights(  # type: ignore[attr-defined]
        everywhere=everywhere,
        granted={
            server: ServerRights(found.get(""), {id: role for id, role in found.items() if id})
            for server, found in roles.items()
        },
    )


_EVERYWHERE: Final = Q(is_superuser=True) | Q(groups__name__in=[role.group for role in Role])


def people_on(server: Server) -> Q:
    """The users who may see a server, as a condition on users."""
    return _EVERYWHERE | Q(grants__server=server)


def numbers_of_people() -> Callable[[Server], int]:
    """A function that tells how many people may see a server or some of its datasets. It asks no more queries."""
    everywhere = set(User.objects.filter(_EVERYWHERE).values_list("pk", flat=True))
    granted: dict[int, set[int]] = {}
    for server, user in Grant.objects.order_by().values_list("server", "user"):
        granted.setdefault(server, set()).add(user)
    return lambda server: len(everywhere | granted.get(server.pk, set()))
