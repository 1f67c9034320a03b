"""Answers prepared for the page: ranked hits and their moves, the difference of two sides, facets by document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote_plus, urlencode

from django.http import QueryDict
from django.utils.safestring import SafeString

from dashboard.chunks.list.positions import number_of, page_of
from dashboard.core import formatting
from dashboard.core.score_scale import ScoreScale
from dashboard.models import Server
from dashboard.ragflow import errors
from dashboard.ragflow.types import Source
from dashboard.retrieval import settings
from dashboard.retrieval.lab import marking
from dashboard.retrieval.lab.asking import Answer, Question
from dashboard.retrieval.settings import AT_DEFAULT, Chip

# RAGFlow ranks about this many chunks and counts only among them (contract §13).
WINDOW: Final = 64
MOST_FACETS: Final = 12


@dataclass(frozen=True)
class Move:
    """Compared with A: ``up`` or ``down`` by ``steps``, ``same``, ``new`` or ``elsewhere`` (not on A's page)."""

    kind: str
    steps: int = 0


@dataclass(frozen=True)
class Hit:
    """One chunk. ``page`` and ``number`` locate it in the document; ``gone``: it is not among B's hits."""

    rank: int
    source: Source
    name: str
    passage: SafeString
    whole: SafeString | None
    page: int | None
    number: int | None
    url: str
    keep_url: str
    is_below: bool
    move: Move | None = None
    gone: bool = False

    @property
    def is_graph(self) -> bool:
        """Whether it comes from the knowledge graph and not from a document."""
        return not self.source.document_id

    @property
    def is_cut(self) -> bool:
        """Whether ``whole`` is truncated."""
        return len(self.source.content) > marking.WHOLE


@dataclass(frozen=True)
class Facet:
    """A document and its number of hits. ``document_id`` limits the search to it."""

    document_id: str
    name: str
    count: int
    on: bool


@dataclass(frozen=True)
class Side:
    """A column of results. ``letter`` is "" if there is only one. Both columns share one ``scale``."""

    letter: str
    chips: Sequence[Chip]
    answer: Answer
    kept: Sequence[Hit]
    below: Sequence[Hit]
    error: errors.RAGFlowError | None
    scale: ScoreScale

    @property
    def key(self) -> str:
        return self.letter.lower() or "one"

    @property
    def total(self) -> int:
        return self.answer.found.total if self.answer.found else 0

    @property
    def is_full(self) -> bool:
        """Whether there may be more matches than RAGFlow counted, because it ranks only WINDOW chunks."""
        return self.total + (self.answer.below_total or 0) >= WINDOW

    @property
    def lacks_contents(self) -> bool:
        """Whether it failed because the search index does not support tables of contents."""
        return self.error is not None and "toc_kwd" in self.error.message

    @property
    def lowest(self) -> float | None:
        return self.kept[-1].source.similarity if self.kept else None


@dataclass(frozen=True)
class Difference:
    """How B's page differs from A's: hits that stay, drop out or are new; ``seconds`` that B takes longer."""

    of: int
    stay: int
    fall: int
    new: int
    seconds: float
    same_order: bool


def sides(server: Server, question: Question, answers: Sequence[Answer]) -> list[Side]:
    """One or two columns, the second with moves relative to the first."""
    compared = len(answers) == 2
    keep = f"{server.url('retrieval:keep')}?{urlencode({'text': question.text})}"
    places = [{hit.id: rank for rank, hit in enumerate(answer.hits, start=_first(question))} for answer in answers]
    scale = ScoreScale.of(source for answer in answers for source in (*answer.hits, *answer.below))
    shown = []
    for at, answer in enumerate(answers):
        moves = _moves(answers[0], places, question) if at else {}
        gone = set(places[0]) - set(places[1]) if compared and not at and answers[1].found else set()
        hits = [
            _hit(
                server, question, keep, source, rank, is_below=False, move=moves.get(source.id), gone=source.id in gone
            )
            for rank, source in enumerate(answer.hits, start=_first(question))
        ]
        below = [
            _hit(server, question, keep, source, rank, is_below=True)
            for rank, source in enumerate(answer.below, start=_first(question) + len(hits))
        ]
        other = answers[0].settings if at else None
        chips = answer.settings.chips(other)
        shown.append(Side("AB"[at] if compared else "", chips, answer, hits, below, answer.error, scale))
    return shown


def with_resets(sides: Sequence[Side], query: QueryDict) -> list[Side]:
    """The sides with a URL per changed parameter that resets it to A's value or the default."""
    changed = []
    for side in sides:
        prefix = "b-" if side.letter == "B" else ""
        base = sides[0].answer.settings if prefix else AT_DEFAULT
        chips = [
            replace(chip, reset_url=settings.without(query, prefix, chip.name, base.values[chip.name]))
            if chip.differs
            else chip
            for chip in side.chips
        ]
        changed.append(replace(side, chips=chips))
    return changed


def difference(sides: Sequence[Side]) -> Difference | None:
    """What changes from A to B; None unless both succeeded."""
    if len(sides) != 2 or any(side.error for side in sides):
        return None
    first, second = ([hit.source.id for hit in side.kept] for side in sides)
    both = set(first) & set(second)
    return Difference(
        of=len(first),
        stay=len(both),
        fall=len(set(first) - both),
        new=len(set(second) - both),
        seconds=sides[1].answer.seconds - sides[0].answer.seconds,
        same_order=first == second,
    )


def facets(answers: Sequence[Answer], chosen: Sequence[str]) -> list[Facet]:
    """The documents of the first setting that found any, most hits first. Chosen ones stay, so they can be removed."""
    counts = next((answer.found.document_counts for answer in answers if answer.found and answer.hits), ())
    best = sorted(counts, key=lambda count: -count.count)
    return [
        Facet(count.document_id, formatting.visible(count.name), count.count, count.document_id in chosen)
        for count in best[:MOST_FACETS]
        if count.document_id
    ]


def _first(question: Question) -> int:
    return (question.page.number - 1) * question.page.size + 1


def _moves(first: Answer, places: Sequence[dict[str, int]], question: Question) -> dict[str, Move]:
    # A hit that A lacks is new only if A's page is complete.
    is_all = question.page.number == 1 and len(places[0]) < question.page.size
    moves = {}
    for key, rank in places[1].items() if first.found else ():
        before = places[0].get(key)
        if before is None:
            moves[key] = Move("new" if is_all else "elsewhere")
        elif before == rank:
            moves[key] = Move("same")
        else:
            moves[key] = Move("up" if before > rank else "down", abs(before - rank))
    return moves


def _hit(
    server: Server,
    question: Question,
    keep_url: str,
    source: Source,
    rank: int,
    *,
    is_below: bool,
    move: Move | None = None,
    gone: bool = False,
) -> Hit:
    url = ""
    if source.dataset_id and source.document_id:
        url = server.url("chunks:list", source.dataset_id, source.document_id)
        url += f"?chunk={quote_plus(source.id)}"
    return Hit(
        rank=rank,
        source=source,
        name=formatting.visible(source.document_name),
        passage=marking.passage(source, question.text),
        whole=marking.whole(source),
        page=page_of(source.document_name, source.positions),
        number=number_of(source.document_name, source.positions),
        url=url,
        keep_url=f"{keep_url}&documents={quote_plus(source.document_name)}&chunks={quote_plus(source.id)}",
        is_below=is_below,
        move=move,
        gone=gone,
    )
