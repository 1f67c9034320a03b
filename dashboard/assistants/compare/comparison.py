"""One question to two assistants: what both found, and the votes for a pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.safestring import SafeString

from dashboard.assistants.answers.markdown import Rendered, render
from dashboard.assistants.answers.marks import Citations
from dashboard.assistants.chat.turns import Status, Turn
from dashboard.models import ComparisonVote, Server
from dashboard.ragflow.types import Assistant, Source

Choice = ComparisonVote.Choice
SIDES: Final = ("a", "b")


@dataclass(frozen=True)
class SourceLine:
    """A source of one answer. ``shared``: the other one found it, too."""

    number: int
    cited: bool
    name: str
    url: str
    shared: bool = False


@dataclass(frozen=True)
class Side:
    """One of the two answers. ``took_seconds`` is None until known."""

    letter: str
    html: SafeString
    thinking: str
    status: Status
    problem: str
    took_seconds: float | None
    lines: Sequence[SourceLine]
    turn: Turn


def side(letter: str, turn: Turn, server: Server, rendered: Rendered | None = None, other: Iterable[str] = ()) -> Side:
    """An answer, open or ended. ``other``: the chunks that the other answer found."""
    if rendered is None:
        citations = Citations(base=base_of(letter))
        if not turn.status.open:
            citations.available = len(turn.sources)
        rendered = Rendered(render(turn.text, citations), citations)
    numbers = rendered.citations.numbers
    shared = set(other)
    lines = [_line(index, source, numbers, server, shared) for index, source in enumerate(turn.sources)]
    return Side(
        letter=letter,
        html=rendered.html,
        thinking=turn.thinking,
        status=turn.status,
        problem=turn.problem,
        took_seconds=turn.took_seconds,
        lines=sorted(lines, key=lambda line: (not line.cited, line.number)),
        turn=turn,
    )


def base_of(letter: str) -> str:
    """Where the citations of an answer lead to."""
    return f"#source-{letter}-"


def in_common(turns: Sequence[Turn]) -> tuple[int, int]:
    """(chunks that both found, chunks that any of them found)."""
    first, second = ({source.id for source in turn.sources} for turn in turns)
    return len(first & second), len(first | second)


def vote(server: Server, pair: Sequence[Assistant], question: str, choice: str, by: User) -> ComparisonVote:
    """Keep a vote: "a", "b" or "tie"."""
    a, b = pair
    return ComparisonVote.objects.create(
        server=server,
        assistant_a=a.id,
        assistant_b=b.id,
        name_a=a.name,
        name_b=b.name,
        question=question,
        choice=Choice(choice),
        user=by,
        username=by.get_username(),
    )


def tally(server: Server, a: str, b: str) -> dict[str, int]:
    """The votes for two assistants, whichever of them stood on which side: ``{"a": 4, "b": 2, "tie": 1}``."""
    pair = Q(assistant_a=a, assistant_b=b) | Q(assistant_a=b, assistant_b=a)
    counts = dict.fromkeys(Choice.values, 0)
    for first, choice in ComparisonVote.objects.filter(pair, server=server).values_list("assistant_a", "choice"):
        swapped = first != a and choice != Choice.TIE
        counts[_OTHER[choice] if swapped else choice] += 1
    return counts


_OTHER: Final = {"a": "b", "b": "a"}


def _line(index: int, source: Source, numbers: dict[int, int], server: Server, shared: set[str]) -> SourceLine:
    url = ""
    if source.dataset_id and source.document_id:
        url = f"{server.url('chunks:list', source.dataset_id, source.document_id)}?chunk={source.id}"
    # What is not cited goes on after what is.
    number = numbers.get(index) or len(numbers) + 1 + sum(1 for before in range(index) if before not in numbers)
    return SourceLine(number, index in numbers, source.document_name, url, source.id in shared)
