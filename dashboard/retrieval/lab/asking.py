"""Runs a question with one or two settings, all calls in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dashboard.core.paging import PageRequest
from dashboard.documents.query.document_names import present_names
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Retrieval, Source
from dashboard.retrieval.settings import Settings


@dataclass(frozen=True)
class Question:
    """What to search for and where, the same for every setting."""

    text: str
    dataset_ids: tuple[str, ...]
    document_ids: tuple[str, ...]
    condition: dict[str, Any] | None
    page: PageRequest


@dataclass(frozen=True)
class Answer:
    """What one setting found, or its error. ``below`` are hits that only a threshold of 0 lets through.

    ``below_total`` is None if they were not requested; ``seconds`` is how long RAGFlow took.
    """

    settings: Settings
    found: Retrieval | None
    error: errors.RAGFlowError | None
    seconds: float
    below: tuple[Source, ...] = ()
    below_total: int | None = None

    @property
    def hits(self) -> tuple[Source, ...]:
        return self.found.hits if self.found else ()


@dataclass(frozen=True)
class _Outcome:
    found: Retrieval | None
    error: errors.RAGFlowError | None
    seconds: float


def ask(ragflow: RAGFlow, server: Server, question: Question, sides: Sequence[Settings]) -> tuple[Answer, ...]:
    """The answers in the order of ``sides``. If one side fails, the other is still returned.

    Hits have the current names of their documents, because RAGFlow's chunks keep outdated ones.

    To show what the threshold excludes, the first page is requested a second time without one, unless a question
    costs a chat model call. So a side takes at most two calls.
    """
    calls: list[Callable[[], _Outcome]] = [partial(_search, ragflow, question, side) for side in sides]
    peeking = [side for side in sides if side.threshold > 0 and not side.costs_model and question.page.number == 1]
    peeks = {id(side): len(calls) + at for at, side in enumerate(peeking)}
    calls += [partial(_search, ragflow, question, side, similarity_threshold=0.0) for side in peeking]
    outcomes = _presently_named(ragflow, server, question, parallel(*calls))
    return tuple(
        _answer(side, outcomes[at], outcomes[peeks[id(side)]] if id(side) in peeks else None, question.page.size)
        for at, side in enumerate(sides)
    )


def _search(ragflow: RAGFlow, question: Question, settings: Settings, **instead: float) -> _Outcome:
    started = time.perf_counter()
    found: Retrieval | None = None
    failed: errors.RAGFlowError | None = None
    try:
        found = ragflow.retrieval.search(
            question.text,
            question.dataset_ids,
            question.document_ids,
            page=question.page.number,
            page_size=question.page.size,
            metadata_condition=question.condition,
            **{**settings.parameters(), **instead},
        )
    except errors.RAGFlowError as error:
        failed = error
    return _Outcome(found, failed, time.perf_counter() - started)


def _presently_named(
    ragflow: RAGFlow, server: Server, question: Question, outcomes: Sequence[_Outcome]
) -> list[_Outcome]:
    found = [outcome.found for outcome in outcomes if outcome.found]
    wanted: dict[str, set[str]] = {}
    for hit in (hit for one in found for hit in one.hits):
        wanted.setdefault(hit.dataset_id, set()).add(hit.document_id)
    if len(question.dataset_ids) == 1:
        counted = {count.document_id for one in found for count in one.document_counts}
        wanted.setdefault(question.dataset_ids[0], set()).update(counted)
    names = present_names(ragflow, server, wanted)

    def named(one: Retrieval) -> Retrieval:
        hits = (replace(hit, document_name=names.get(hit.document_id, hit.document_name)) for hit in one.hits)
        counts = (replace(count, name=names.get(count.document_id, count.name)) for count in one.document_counts)
        return replace(one, hits=tuple(hits), document_counts=tuple(counts))

    return [replace(outcome, found=named(outcome.found)) if outcome.found else outcome for outcome in outcomes]


def _answer(settings: Settings, kept: _Outcome, everything: _Outcome | None, size: int) -> Answer:
    below: tuple[Source, ...] = ()
    below_total = None
    if kept.found and everything and everything.found:
        above = {hit.id for hit in kept.found.hits}
        if len(above) < size:  # otherwise the next page may have more hits above the threshold
            below = tuple(hit for hit in everything.found.hits if hit.id not in above)
        below_total = max(0, everything.found.total - kept.found.total)
    return Answer(settings, kept.found, kept.error, kept.seconds, below, below_total)
