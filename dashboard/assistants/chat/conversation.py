"""A session as the page shows it: RAGFlow's history, plus the turn that RAGFlow has not stored (yet)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.assistants.answers.markdown import Rendered, render
from dashboard.assistants.answers.marks import Citations
from dashboard.assistants.answers.with_sources import with_sources
from dashboard.assistants.chat.records import Rating
from dashboard.assistants.chat.sources import Choice, Pane, pane, source_base
from dashboard.assistants.chat.turns import Status, Turn
from dashboard.documents.query.document_names import presently_named
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.types import Session, Source

# Reasoning that took less is shown without a duration.
NOTABLE_SECONDS = 0.5


@dataclass(frozen=True)
class Answer:
    """``kept``: whether RAGFlow has stored it; ``text``: its Markdown with all marks; times are in seconds.

    ``message_id`` is that of the question and the answer in RAGFlow; "" if they have none.
    """

    number: int
    question: str
    status: Status
    html: SafeString
    text: str
    kept: bool
    thinking: str = ""
    thought_seconds: float | None = None
    took_seconds: float | None = None
    problem: str = ""
    turn_id: str = ""
    thinking_mode: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    numbers: tuple[tuple[int, int], ...] = ()
    message_id: str = ""
    rating: Rating | None = None

    @property
    def copy(self) -> str:
        """Its Markdown for pasting elsewhere, with the documents it cites."""
        return with_sources(self.text, self.sources)

    @property
    def cited(self) -> int:
        return sum(index < len(self.sources) for index, _number in self.numbers)

    @property
    def found(self) -> int:
        return len(self.sources)

    @property
    def cited_names(self) -> list[str]:
        """The names of the documents cited, in the order of their numbers."""
        return [self.sources[index].document_name for index, _number in self.numbers if index < len(self.sources)]

    @property
    def being_written(self) -> bool:
        return self.status.open

    @property
    def notable_thought(self) -> float | None:
        """Seconds of reasoning, if known and long enough to show."""
        seconds = self.thought_seconds
        return seconds if seconds is not None and seconds >= NOTABLE_SECONDS else None

    @property
    def said(self) -> str:
        """How the answer ended, for screen readers."""
        if self.status is Status.FAILED and self.html:
            return _("The model failed before the answer was complete.")
        words = {
            Status.DONE: _("The answer is complete."),
            Status.FAILED: _("The answer failed."),
            Status.BROKEN: _("The answer was cut off."),
            Status.STOPPED: _("The answer was stopped."),
            Status.LOST: _("The answer was lost."),
        }.get(self.status, "")
        if self.status is Status.DONE and self.found:
            words += " " + ngettext("%(n)d source.", "%(n)d sources.", self.found) % {"n": self.found}
        return words


@dataclass(frozen=True)
class Exchange:
    """A question and its answer; None if RAGFlow has none."""

    number: int
    question: str
    answer: Answer | None


@dataclass(frozen=True)
class Thread:
    """``opener`` is the assistant's greeting as HTML."""

    opener: SafeString
    exchanges: Sequence[Exchange]

    @property
    def busy(self) -> bool:
        return any(one.answer and one.answer.being_written for one in self.exchanges)

    def answer(self, number: int | None) -> Answer | None:
        """The answer with that number, else the last finished one, else None."""
        answers = [one.answer for one in self.exchanges if one.answer]
        chosen = next((answer for answer in answers if answer.number == number), None)
        return chosen or next((answer for answer in reversed(answers) if not answer.being_written), None)


def opening(text: str) -> SafeString:
    """An assistant's greeting as safe HTML."""
    return render(text, Citations(available=0))


def thread(
    session: Session, turn: Turn | None, session_url: str, ratings: Mapping[int, Rating] = MappingProxyType({})
) -> Thread:
    """The history combined with the latest turn. What RAGFlow has stored takes precedence.

    ``ratings`` are the thumbs, by the number of the question.
    """
    opener = SafeString("")
    exchanges: list[Exchange] = []
    for message in session.messages:
        if message.role == "user":
            exchanges.append(Exchange(len(exchanges) + 1, message.content, None))
        elif not exchanges:
            opener = opening(message.text)
        elif exchanges[-1].answer is None:
            last = exchanges.pop()
            mine = turn if turn and turn.number == last.number else None
            stored = replace(_stored(message, last, mine, session_url), rating=ratings.get(last.number))
            exchanges.append(Exchange(last.number, last.question, stored))
    if turn and turn.number > len(exchanges):
        number = len(exchanges) + 1
        exchanges.append(Exchange(number, turn.question, of_turn(turn, session_url)))
    return Thread(opener, exchanges)


def of_turn(turn: Turn, session_url: str, rendered: Rendered | None = None) -> Answer:
    """The answer of a turn, open or ended. Pass ``rendered`` if it is already rendered."""
    if rendered is None:
        citations = Citations(base=source_base(session_url, turn.number))
        if not turn.status.open:
            citations.available = len(turn.sources)
        rendered = Rendered(render(turn.text, citations), citations)
    return Answer(
        number=turn.number,
        question=turn.question,
        status=turn.status,
        html=rendered.html,
        text=turn.text,
        kept=turn.status is Status.DONE,
        thinking=turn.thinking,
        thought_seconds=turn.thought_seconds,
        took_seconds=turn.took_seconds,
        problem=turn.problem,
        turn_id=turn.id,
        thinking_mode=turn.thinking_mode or "",
        variables=turn.variables,
        sources=turn.sources,
        numbers=tuple(rendered.citations.numbers.items()),
    )


def pane_of(answer: Answer | None, ragflow: RAGFlow, server: Server, session_url: str, choice: Choice) -> Pane | None:
    """The pane of the answer's sources, with current document names; None while there is no answer."""
    if answer is None or answer.being_written:
        return None
    # A choice made for another answer doesn't apply to this one.
    fitting = choice if choice.answer in (None, answer.number) else Choice()
    return pane(
        server,
        session_url,
        answer=answer.number,
        sources=presently_named(ragflow, server, answer.sources),
        numbers=dict(answer.numbers),
        question=answer.question,
        choice=fitting,
    )


def _stored(message: Message, exchange: Exchange, turn: Turn | None, session_url: str) -> Answer:
    # The turn knows more than the history: the scores of the sources and the durations.
    same = turn is not None and [s.id for s in turn.sources] == [s.id for s in message.sources]
    sources = turn.sources if turn and same else message.sources
    citations = Citations(available=len(sources), base=source_base(session_url, exchange.number))
    rendered = render(message.text, citations)
    return Answer(
        number=exchange.number,
        question=exchange.question,
        status=Status.FAILED if message.failure else Status.DONE,
        html=rendered,
        text=message.text,
        kept=True,
        thinking=message.thinking,
        thought_seconds=turn.thought_seconds if turn else None,
        took_seconds=turn.took_seconds if turn else None,
        problem=message.failure,
        turn_id=turn.id if turn else "",
        thinking_mode=(turn.thinking_mode or "") if turn else "",
        variables=turn.variables if turn else {},
        sources=sources,
        message_id=message.id,
        numbers=tuple(citations.numbers.items()),
    )
