"""Two runs of a question set, question by question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from dashboard.models import QuestionResult, QuestionRun

State = QuestionResult.State
WORSE, BETTER, SAME, UNKNOWN = "worse", "better", "same", "unknown"
SHOWS: Final[dict[str, str | Promise]] = {
    "moved": _lazy("Changed"),
    WORSE: _lazy("Worse"),
    BETTER: _lazy("Better"),
    SAME: _lazy("Unchanged"),
    UNKNOWN: _lazy("Not comparable"),
    "all": _lazy("All"),
}
# A miss is worse than any rank.
MISSED: Final = 10_000
ORDER: Final = (WORSE, BETTER, UNKNOWN, SAME)


@dataclass(frozen=True)
class Pair:
    """A question and its results in both runs. ``kind`` compares B with A."""

    text: str
    documents: Sequence[str]
    first: QuestionResult | None
    second: QuestionResult | None

    @property
    def kind(self) -> str:
        if not self.first or not self.second or {self.first.state, self.second.state} != {State.ASKED}:
            return UNKNOWN
        before, after = (one.rank or MISSED for one in (self.first, self.second))
        return SAME if before == after else BETTER if after < before else WORSE

    @property
    def steps(self) -> int:
        """Ranks gained, negative for lost; 0 if one of the runs missed it."""
        if not self.first or not self.second or not self.first.rank or not self.second.rank:
            return 0
        return self.first.rank - self.second.rank


def pairs(first: QuestionRun, second: QuestionRun) -> list[Pair]:
    """All questions of both runs: worse ones first, and within a kind the largest changes first."""
    ours = {_key(result): result for result in first.results.all()}
    theirs = {_key(result): result for result in second.results.all()}
    found = []
    for key in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(key), theirs.get(key)
        known = other or one
        if known is not None:
            found.append(Pair(known.text, known.documents, one, other))
    return sorted(found, key=lambda pair: (ORDER.index(pair.kind), -abs(pair.steps)))


def counts(found: Sequence[Pair]) -> dict[str, int]:
    """The number of questions per filter in SHOWS."""
    kinds = Counter(pair.kind for pair in found)
    return {show: len(found) if show == "all" else sum(kinds[kind] for kind in _kinds(show)) for show in SHOWS}


def shown(found: Sequence[Pair], show: str) -> list[Pair]:
    """The questions that match one filter."""
    return list(found) if show == "all" else [pair for pair in found if pair.kind in _kinds(show)]


def _kinds(show: str) -> tuple[str, ...]:
    return (WORSE, BETTER) if show == "moved" else (show,)


def _key(result: QuestionResult) -> str:
    """Identifies a question; one that was edited between the runs is a different one."""
    return f"{result.question_id or ''} {result.text}"
