"""Asks a question with settings that are not saved, and draws the answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.assistants.answers.markdown import render
from dashboard.assistants.answers.marks import Citations
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant, Source

LONGEST: Final = 180
SESSION: Final = "Trial"


@dataclass(frozen=True)
class Card:
    """A source of the answer. Cited ones come first, with the numbers of the citations."""

    number: int
    cited: bool
    source: Source
    url: str


@dataclass(frozen=True)
class Tried:
    """``problem`` is what went wrong, "" for nothing; ``took`` is in seconds."""

    question: str
    html: SafeString
    cards: Sequence[Card]
    problem: str
    took: float

    @property
    def cited(self) -> int:
        return sum(card.cited for card in self.cards)


def ask(ragflow: RAGFlow, server: Server, scratch: Assistant, question: str) -> Tried:
    """The scratch assistant's answer, complete or as far as it came in LONGEST seconds. Raises RAGFlowError."""
    began = time.monotonic()
    problem = ""
    session = ragflow.sessions.create(scratch, SESSION)
    with ragflow.sessions.ask(session, question) as conversation:
        for _batch in conversation.batches():
            if time.monotonic() - began > LONGEST:
                problem = _("The answer took longer than %(n)d seconds and was stopped.") % {"n": LONGEST}
                break
        text, sources = conversation.text, conversation.sources
        problem = conversation.failure or problem
    citations = Citations(available=len(sources), base="#trial-source-")
    html = render(text, citations)
    return Tried(question, html, _cards(server, sources, citations.numbers), problem, time.monotonic() - began)


def _cards(server: Server, sources: Sequence[Source], numbers: dict[int, int]) -> list[Card]:
    order = sorted(range(len(sources)), key=lambda index: (numbers.get(index, len(sources) + 1), index))
    return [
        Card(number, index in numbers, sources[index], _url(server, sources[index]))
        for number, index in enumerate(order, start=1)
    ]


def _url(server: Server, source: Source) -> str:
    if not source.dataset_id or not source.document_id:
        return ""
    return f"{server.url('chunks:list', source.dataset_id, source.document_id)}?{urlencode({'chunk': source.id})}"
