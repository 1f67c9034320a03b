"""The last questions of a person on a server."""

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
    """Notes a question that was answered; the same one again only moves to the top. Keeps the last fifty."""
    kept = query.copy()
    for name in ("page", "find"):
        kept.pop(name, None)
    address = kept.urlencode()
    if len(address) > LONGEST:
        return
    mine = AskedQuestion.objects.filter(server=server, user=user)
    digest = hashlib.sha256(address.encode()).hexdigest()
    told = {"question": question, "query": address, "found": found, "asked_at": timezone.now()}
    if mine.filter(digest=digest).update(**told):
        return
    # Asked twice at the same moment, it is there by now.
    fresh = AskedQuestion(server=server, user=user, digest=digest, **told)
    AskedQuestion.objects.bulk_create([fresh], ignore_conflicts=True)
    old = list(mine.values_list("pk", flat=True)[KEPT : KEPT + 100])
    if old:
        mine.filter(pk__in=old).delete()


def last(server: Server, user: User) -> Sequence[AskedQuestion]:
    """The person's questions, latest first."""
    return list(AskedQuestion.objects.filter(server=server, user=user)[:KEPT])


def forget(server: Server, user: User) -> int:
    """Takes the person's questions out and says how many there were."""
    return AskedQuestion.objects.filter(server=server, user=user).delete()[0]
