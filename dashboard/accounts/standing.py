"""What a request needs to know about its user: rights, preferences, and whether its session has been ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import FilteredRelation, Q

from dashboard.core.access.rights import RIGHTS, know_rights


@dataclass(frozen=True)
class Standing:
    """``browser`` is the row of the request's session (models.SignedInBrowser), ``seen_at`` its last use.

    ``browser`` is None if the row was deleted or never was. Sessions that began before ``signed_out_at`` have ended.
    ``theme`` and ``time_zone`` are "" if not chosen.
    """

    theme: str = ""
    time_zone: str = ""
    signed_out_at: datetime | None = None
    seen_at: datetime | None = None
    browser: int | None = None


def of(user: User, browser: int | None) -> Standing:
    """Read it in one query, together with the user's rights. ``browser`` is the id in the session."""
    rows: list[Any] = list(
        User.objects.filter(pk=user.pk)
        .annotate(here=FilteredRelation("browsers", condition=Q(browsers__pk=browser)))
        .values_list(
            *RIGHTS,
            "person__theme",
            "person__time_zone",
            "person__signed_out_at",
            "here__seen_at",
            "here__pk",
        )
    )
    know_rights(user, [row[: len(RIGHTS)] for row in rows])
    if not rows:
        return Standing()
    theme, zone, *rest = rows[0][len(RIGHTS) :]
    return Standing(theme or "", zone or "", *rest)
