"""The list of people: searched, sorted and paged by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Lower, Trim
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core.access.rights import Role, people_on
from dashboard.core.formatting import initials, visible
from dashboard.core.sorting import Sort
from dashboard.models import AccessLink, Grant, Server

ACTIVE: Final = "active"
INVITED: Final = "invited"
DISABLED: Final = "disabled"
STATUSES: Final[dict[str, str | Promise]] = {
    ACTIVE: gettext_lazy("Active"),
    INVITED: gettext_lazy("Invited"),
    DISABLED: gettext_lazy("Disabled"),
}
# The columns that can be sorted by.
COLUMNS: Final = {"name": "label", "email": "address", "role": "role", "seen": "seen", "status": "status"}
KINDS: Final = {ACTIVE: "ok", INVITED: "accent", DISABLED: ""}


@dataclass(frozen=True)
class Row:
    """One person. ``kind`` is that of the status tag, ``note`` stands below the name."""

    url: str
    name: str
    initials: str
    note: str
    email: str
    role: str
    status: str
    kind: str
    seen: datetime | None


def everybody(on: Server | None = None) -> QuerySet[Any]:
    """All users, or those who may see the server.

    With ``label`` (what they are called, in lower case), ``status``, ``role`` (on all servers: 0 to 3), ``by_server``
    (whether they have roles on single ones) and ``seen``.
    """
    name = Trim(Concat("first_name", Value(" "), "last_name"))
    groups = User.groups.through.objects.filter(user=OuterRef("pk"))
    in_group = [When(Exists(groups.filter(group__name=role.group)), then=Value(int(role))) for role in reversed(Role)]
    open_links = AccessLink.objects.filter(user=OuterRef("pk"), used_at=None, revoked_at=None)
    # Their ids first: joining their groups and grants would list people twice.
    people = User.objects.filter(pk__in=User.objects.filter(people_on(on)).values("pk")) if on else User.objects.all()
    return people.alias(full=name).annotate(
        label=Lower(
            Case(
                When(~Q(full=""), then=F("full")),
                When(person__waiting=True, then=F("email")),
                default=F("username"),
                output_field=CharField(),
            )
        ),
        address=Lower("email"),
        status=Case(
            When(person__waiting=True, then=Value(INVITED)),
            When(is_active=True, then=Value(ACTIVE)),
            default=Value(DISABLED),
        ),
        role=Case(
            When(is_superuser=True, then=Value(int(Role.ADMINISTRATOR))),
            *in_group,
            default=Value(0),
            output_field=IntegerField(),
        ),
        by_server=Exists(Grant.objects.filter(user=OuterRef("pk"))),
        seen=Coalesce("person__seen_at", "last_login"),
        link_expires=Subquery(open_links.values("expires_at")[:1]),
    )


def matching(people: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of whom each word is in the name, the username or the e-mail address."""
    for word in text.split()[:10]:
        people = people.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            # The username of somebody who is invited is ours.
            | Q(username__icontains=word) & ~Q(status=INVITED)
        )
    return people


def numbers(people: QuerySet[Any]) -> dict[str, int]:
    """How many of them have each status."""
    found: dict[str, int] = dict(people.order_by().values_list("status").annotate(Count("pk")))
    return {status: found.get(status, 0) for status in STATUSES}


def ordered(people: QuerySet[Any], sort: Sort) -> QuerySet[Any]:
    """Sorted; people who were never seen come last in both directions."""
    column = F(COLUMNS[sort.key])
    return people.order_by(column.desc(nulls_last=True) if sort.desc else column.asc(nulls_last=True), "label", "pk")


def row(user: Any) -> Row:
    """The row of a user of ``everybody``."""
    invited = user.status == INVITED
    name = visible(user.get_full_name() or (user.email if invited else user.get_username()))
    expired = invited and (user.link_expires is None or user.link_expires <= timezone.now())
    return Row(
        url=reverse("people:person", args=(user.pk,)),
        name=name,
        initials=initials(name),
        note="" if invited else visible(user.get_username()),
        email=visible(user.email) if user.email else "",
        role=_role(user),
        status=_("Invitation expired") if expired else str(STATUSES[user.status]),
        kind="warn" if expired else KINDS[user.status],
        seen=user.seen,
    )


def _role(user: Any) -> str:
    if user.by_server and not user.role:
        return _("By server")
    return Role(user.role).group if user.role else _("No role")
