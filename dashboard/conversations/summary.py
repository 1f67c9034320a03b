"""What the questions of a server come to: numbers by week and by assistant, and the documents cited most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from dashboard.conversations.filters import NO_ANSWER, WITHOUT_SOURCES
from dashboard.models import ChatQuestion

# Weeks shown, and rows that are read for the documents cited most.
WEEKS: Final = 12
READ: Final = 2000
MOST_CITED: Final = 10

_NUMBERS: Final = {
    "asked": Count("pk"),
    "without_sources": Count("pk", filter=WITHOUT_SOURCES),
    "no_answer": Count("pk", filter=NO_ANSWER),
    "rated_good": Count("pk", filter=Q(good=True)),
    "rated_bad": Count("pk", filter=Q(good=False)),
    "people": Count("username", distinct=True),
}


@dataclass(frozen=True)
class Numbers:
    """How many questions were asked, by how many people, and what became of them."""

    asked: int
    without_sources: int
    no_answer: int
    rated_good: int
    rated_bad: int
    people: int


@dataclass(frozen=True)
class CitedDocument:
    """A document, and how many of the answers cite it."""

    id: str
    dataset_id: str
    name: str
    answers: int


def total(found: QuerySet[ChatQuestion]) -> Numbers:
    """The numbers of all of these questions."""
    return Numbers(**found.order_by().aggregate(**_NUMBERS))


def by_week(found: QuerySet[ChatQuestion]) -> list[tuple[datetime, Numbers]]:
    """(Monday, numbers) of the last weeks in which something was asked, newest first."""
    weeks: Any = found.order_by().annotate(week=TruncWeek("asked_at")).values("week").annotate(**_NUMBERS)
    return [(row.pop("week"), Numbers(**row)) for row in weeks.order_by("-week")[:WEEKS]]


def by_assistant(found: QuerySet[ChatQuestion]) -> list[tuple[str, Numbers]]:
    """(id of the assistant, numbers), the busiest first."""
    rows: Any = found.order_by().values("assistant_id").annotate(**_NUMBERS)
    return [(row.pop("assistant_id"), Numbers(**row)) for row in rows.order_by("-asked", "assistant_id")]


def most_cited(found: QuerySet[ChatQuestion]) -> list[CitedDocument]:
    """The documents that the latest answers cite most often."""
    answers: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], str] = {}
    for sources in found.filter(found__gt=0).values_list("sources", flat=True)[:READ]:
        cited = _cited(sources)
        answers.update(cited.keys())
        # The newest answer has the present name.
        names = cited | names
    return [CitedDocument(key[1], key[0], names[key], count) for key, count in answers.most_common(MOST_CITED)]


def _cited(sources: Sequence[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(one["dataset_id"], one["document_id"]): one["document_name"] for one in sources if one["cited"]}
