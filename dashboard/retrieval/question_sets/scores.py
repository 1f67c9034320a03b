"""How well a run found the expected results, compared with the previous run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count
from django.utils.translation import gettext as _

from dashboard.models import QuestionResult, QuestionRun, QuestionSet
from dashboard.retrieval.settings import DEFAULTS, Chip, Settings

KS: Final = (1, 3, 5, 10)
LISTED: Final = 30
WIDTH, HEIGHT, EDGE = 640.0, 120.0, 8.0


@dataclass(frozen=True)
class Score:
    """Scores from 0 to 1 over the questions that were asked; ``before`` is the run to compare with."""

    run: QuestionRun
    total: int
    asked: int
    failed: int
    ranks: tuple[int | None, ...]
    before: Score | None = None

    @property
    def waiting(self) -> int:
        return self.total - self.asked - self.failed

    @property
    def misses(self) -> int:
        return sum(rank is None for rank in self.ranks)

    @property
    def mrr(self) -> float | None:
        """The mean of 1 / rank, a miss counting 0."""
        return sum(1 / rank for rank in self.ranks if rank) / len(self.ranks) if self.ranks else None

    def hit(self, k: int) -> float | None:
        """The share of questions whose first correct hit is among the first ``k``."""
        return sum(rank is not None and rank <= k for rank in self.ranks) / len(self.ranks) if self.ranks else None

    @property
    def figures(self) -> list[Figure]:
        """hit@1, 3, 5, 10 and MRR, each compared with the previous run."""
        hits = [(_("hit@%(k)d") % {"k": k}, self.hit(k), self.before.hit(k) if self.before else None) for k in KS]
        return [Figure(*one) for one in [*hits, (_("MRR"), self.mrr, self.before.mrr if self.before else None)]]

    @property
    def chips(self) -> list[Chip]:
        values = {**DEFAULTS, "cross_languages": (), **self.run.parameters}
        return Settings(values).changed

    def chips_against(self, other: Score) -> list[Chip]:
        """The main settings as chips, marked if they differ from the other run's."""
        values = [{**DEFAULTS, "cross_languages": (), **one.run.parameters} for one in (self, other)]
        mine, others = (Settings({**one, "cross_languages": tuple(one["cross_languages"])}) for one in values)
        return mine.chips(others)


@dataclass(frozen=True)
class Figure:
    """One measure, now and before; ``difference`` is None if there is nothing to compare."""

    label: str
    value: float | None
    before: float | None

    @property
    def difference(self) -> float | None:
        if self.value is None or self.before is None or round(self.value - self.before, 2) == 0:
            return None
        return self.value - self.before


@dataclass(frozen=True)
class Line:
    """A line of the chart: ``points`` for the SVG polyline, ``dots`` for the single runs."""

    label: str
    css: str
    points: str
    dots: tuple[tuple[str, str], ...]
    last: float


def of_set(question_set: QuestionSet) -> list[Score]:
    """The last LISTED runs, newest first, each compared with the previous one that finished."""
    runs = list(question_set.runs.all()[:LISTED])
    results = _counts([run.pk for run in runs])
    scores: list[Score] = []
    before: Score | None = None
    for run in reversed(runs):
        score = _score(run, results[run.pk], before)
        scores.append(score)
        if run.state == QuestionRun.State.DONE:
            before = score
    return scores[::-1]


def of_run(run: QuestionRun) -> Score:
    """One run compared with the previous one that finished."""
    before = run.question_set.runs.filter(pk__lt=run.pk, state=QuestionRun.State.DONE).first()
    results = _counts([run.pk, *([before.pk] if before else [])])
    earlier = _score(before, results[before.pk], None) if before else None
    return _score(run, results[run.pk], earlier)


def of_pair(first: QuestionRun, second: QuestionRun) -> tuple[Score, Score]:
    """Two runs, the second compared with the first."""
    results = _counts([first.pk, second.pk])
    one = _score(first, results[first.pk], None)
    return one, _score(second, results[second.pk], one)


def chart(scores: Sequence[Score]) -> list[Line]:
    """hit@5 and MRR of the finished runs, oldest first; empty if there are fewer than two."""
    done = [score for score in reversed(scores) if score.run.state == QuestionRun.State.DONE and score.ranks]
    if len(done) < 2:
        return []
    step = (WIDTH - 2 * EDGE) / (len(done) - 1)
    lines = []
    for label, css, values in (
        (_("hit@5"), "ra-line--a", [score.hit(5) or 0.0 for score in done]),
        (_("MRR"), "ra-line--b", [score.mrr or 0.0 for score in done]),
    ):
        places = tuple(
            (f"{EDGE + at * step:.1f}", f"{HEIGHT - EDGE - value * (HEIGHT - 2 * EDGE):.1f}")
            for at, value in enumerate(values)
        )
        lines.append(Line(label, css, " ".join(f"{x},{y}" for x, y in places), places, values[-1]))
    return lines


def _counts(run_ids: Sequence[int]) -> dict[int, list[tuple[str, int | None, int]]]:
    """(state, rank, number of results) by run."""
    found: dict[int, list[tuple[str, int | None, int]]] = {run_id: [] for run_id in run_ids}
    counted = QuestionResult.objects.filter(run__in=run_ids).order_by().values_list("run_id", "state", "rank")
    for run_id, state, rank, number in counted.annotate(number=Count("pk")):
        found[run_id].append((state, rank, number))
    return found


def _score(run: QuestionRun, counts: Sequence[tuple[str, int | None, int]], before: Score | None) -> Score:
    ranks = tuple(
        rank for state, rank, number in counts if state == QuestionResult.State.ASKED for _one in range(number)
    )
    failed = sum(number for state, _rank, number in counts if state == QuestionResult.State.FAILED)
    return Score(run, sum(number for _state, _rank, number in counts), len(ranks), failed, ranks, before)
