"""Questions and answers as visitors see them: without what RAGFlow says about failures, and sources only if allowed."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.assistants.answers.markdown import render
from dashboard.assistants.answers.marks import Citations, without_marks
from dashboard.assistants.chat.conversation import Answer
from dashboard.assistants.chat.turns import Status
from dashboard.models import ShareSession
from dashboard.ragflow.types import Source
from dashboard.sharing import links


@dataclass(frozen=True)
class ShownAnswer:
    """``sources``: (number, source), those cited. ``stream_url`` is "" unless it is being written."""

    number: int
    html: SafeString
    stream_url: str
    complete: bool
    sources: tuple[tuple[int, Source], ...]


def shown(own: ShareSession, answer: Answer) -> ShownAnswer:
    """An answer as the link shows it."""
    link = own.link
    html = answer.html if link.shows_sources else render(without_marks(answer.text), Citations(available=0))
    sources: list[tuple[int, Source]] = []
    if link.shows_sources:
        sources = [(number, answer.sources[at]) for at, number in answer.numbers if at < len(answer.sources)]
    if answer.status is Status.FAILED and answer.kept:
        html = SafeString("")  # RAGFlow's text is the failure itself
    url = ""
    if answer.being_written:
        url = reverse("share:stream", args=[links.token(link), own.pk, answer.turn_id])
    sources.sort(key=lambda one: one[0])
    return ShownAnswer(answer.number, html, url, answer.status is Status.DONE, tuple(sources))
