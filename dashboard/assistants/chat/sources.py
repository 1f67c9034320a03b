"""The sources of an answer, as shown in the pane beside the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import nh3
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from dashboard.chunks.list.positions import page_of
from dashboard.chunks.list.rendering import BEGINNING, as_html
from dashboard.core.formatting import breakable, legible, shortened
from dashboard.core.score_scale import ScoreScale
from dashboard.models import Server
from dashboard.ragflow.types import Source

_EMPHASIS: Final = re.compile(r"&lt;(/?)em&gt;")
# Shorter words don't explain why a chunk was found.
_WORD: Final = re.compile(r"[^\W_]{4,}")
_MARKED_WORDS: Final = 12
_SAY_NOTHING: Final = frozenset({
    *("about", "been", "could", "does", "from", "have", "into", "many", "much", "must", "should", "some", "that"),
    *("their", "them", "there", "these", "they", "this", "those", "what", "when", "where", "which", "will", "with"),
    *("would", "your"),
})  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One source. Numbers go to cited sources first, in citation order; ``page`` starts at 1."""

    number: int
    cited: bool
    source: Source
    text: SafeString
    page: int | None
    url: str
    download_url: str
    select_url: str
    current: bool


@dataclass(frozen=True)
class Pane:
    """The sources of one answer. ``cards`` are those of the chosen tab, "cited" or "found"."""

    answer: int
    cards: Sequence[Card]
    cited: int
    found: int
    tab: str
    url: str
    scale: ScoreScale

    def __bool__(self) -> bool:
        return self.found > 0


@dataclass(frozen=True)
class Choice:
    """The choice in the URL: ``?answer=2&source=1&show=found``; None and "" if absent."""

    answer: int | None = None
    source: int | None = None
    tab: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Choice:
        """Read the query. Everything but small positive numbers and the two tabs is ignored."""
        tab = query.get("show", "")
        return cls(_number(query.get("answer")), _number(query.get("source")), tab if tab in ("cited", "found") else "")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 and int(text) else None


def pane(
    server: Server,
    session_url: str,
    *,
    answer: int,
    sources: Sequence[Source],
    numbers: dict[int, int],
    question: str,
    choice: Choice,
) -> Pane:
    """The pane of answer number ``answer``; ``numbers`` maps source indexes to citation numbers."""
    order = sorted(range(len(sources)), key=lambda index: (numbers.get(index, 1_000_000), index))
    number_of = {index: number for number, index in enumerate(order, start=1)}
    cited = sum(index in numbers for index in range(len(sources)))
    asked_for = choice.source if choice.source and choice.source <= len(sources) else None
    tab = choice.tab or ("found" if not cited or (asked_for or 0) > cited else "cited")
    shown = order[:cited] if tab == "cited" else list(range(len(sources)))
    current = asked_for if asked_for in {number_of[index] for index in shown} else None
    if current is None and shown:
        current = number_of[shown[0]]
    url = f"{session_url}?{urlencode({'answer': answer})}"
    cards = [
        _card(
            server,
            sources[index],
            number=number_of[index],
            cited=index in numbers,
            question=question,
            select_url=f"{url}&source={number_of[index]}&show={tab}",
            current=number_of[index] == current,
        )
        for index in shown
    ]
    return Pane(answer, cards, cited, len(sources), tab, url, ScoreScale.of(sources))


def source_base(session_url: str, answer: int) -> str:
    """The URL of a source of that answer, without the source's number (see ``Citations``)."""
    return f"{session_url}?{urlencode({'answer': answer})}&source="


def _card(
    server: Server, source: Source, *, number: int, cited: bool, question: str, select_url: str, current: bool
) -> Card:
    chunk_url = download_url = ""
    if source.dataset_id and source.document_id:
        chunk_url = server.url("chunks:list", source.dataset_id, source.document_id)
        chunk_url += f"?{urlencode({'chunk': source.id})}"
        download_url = server.url("documents:download", source.dataset_id, source.document_id)
    return Card(
        number=number,
        cited=cited,
        source=source,
        text=text_html(source, question),
        page=page_of(source.document_name, source.positions),
        url=chunk_url,
        download_url=download_url,
        select_url=select_url,
        current=current,
    )


def text_html(source: Source, question: str) -> SafeString:
    """The chunk's text as safe HTML, with the matched words marked.

    Table chunks are HTML: only their table is kept. All other chunks are plain text. A long one is shortened; its link
    leads to the rest.
    """
    if "<table" in source.content:
        return as_html(source.content, most=BEGINNING)
    if source.highlight:
        marked = _EMPHASIS.sub(r"<\1mark>", breakable(_beginning(source.highlight)))
        return mark_safe(nh3.clean(marked, tags={"mark", "wbr"}))  # noqa: S308
    return _marked(_beginning(source.content.strip()), question)


def _beginning(text: str) -> str:
    return legible(shortened(text, BEGINNING))


def _marked(text: str, question: str) -> SafeString:
    asked = (word.casefold() for word in _WORD.findall(question))
    words = list(dict.fromkeys(word for word in asked if word not in _SAY_NOTHING))[:_MARKED_WORDS]
    if not words:
        return breakable(text)
    # Other short endings of the same word count too: "month" and "months", but not "apply" and "applies".
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\w{0,2}\b", re.IGNORECASE)
    parts, last = [], 0
    for found in pattern.finditer(text):
        parts += [breakable(text[last : found.start()]), "<mark>", breakable(found[0]), "</mark>"]
        last = found.end()
    parts.append(breakable(text[last:]))
    return mark_safe("".join(parts))  # noqa: S308  (every part of it was escaped)
