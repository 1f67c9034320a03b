"""The recent questions of a user on a server."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from dashboard.models import AskedQuestion, Server

KEPT: Final = 50
LONGEST: Final = 8_000


def remember(server: Server, user: User, question: str, query: QueryDict, found: int) -> None:
    """Save an answered question. A repeated one moves to the top. The last KEPT questions are kept."""
    kept = query.copy()
    for name in ("page", "find"):
        kept.pop(name, None)
    address = kept.urlencode()
    if len(address) > LONGEST:
        return
    mine = AskedQuestion.objects.filter(server=server, user=user)
    digest = hashlib.sha256(address.encode()).hexdigest()
    values = {"question": question, "query": address, "found": found, "asked_at": timezone.now()}
    if mine.filter(digest=digest).update(**values):
        return
    # The same question may have been saved by a parallel request.
    fresh = AskedQuestion(server=server, user=user, digest=digest, **values)
    AskedQuestion.objects.bulk_create([fresh], ignore_conflicts=True)
    old = list(mine.values_list("pk", flat=True)[KEPT : KEPT + 100])
    if old:
        mine.filter(pk__in=old).delete()


def last(server: Server, user: User) -> Sequence[AskedQuestion]:
    """The user's questions, latest first."""
    return list(AskedQuestion.objects.filter(server=server, user=user)[:KEPT])


def forget(server: Server, user: User) -> int:
    """Delete the user's questions; returns how many there were."""
    return AskedQuestion.objects.filter(server=server, user=user).delete()[0]
