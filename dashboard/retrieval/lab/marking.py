"""The text of a hit as safe HTML: a passage around the match, and the full text."""

from __future__ import annotations

import html
import re
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe

from dashboard.chunks.list.rendering import as_html
from dashboard.core.formatting import legible
from dashboard.ragflow.types import Source

PASSAGE: Final = 420
BEFORE: Final = 60
READ: Final = 20_000
WHOLE: Final = 6_000
# Short words don't explain why a chunk was found, unless they are names or numbers such as HR or §12.
_WORD: Final = re.compile(r"[^\W_]{4,}|[A-Z]{2,3}\b|\d+")
_MARKED_WORDS: Final = 12
_COMMON: Final = (
    "about also been does from have into many more most much must only should some than that their them then there"
    " these they this those were what when where which will with would your"
)
_SAYS_NOTHING: Final = frozenset(_COMMON.split())
_EMPHASIS: Final = re.compile(r"<em>(.{1,200}?)</em>", re.DOTALL)
_CELL: Final = re.compile(r"</t[dhr]>|<br\s*/?>", re.IGNORECASE)
_DROPPED: Final = {"script", "style"}


def passage(source: Source, question: str) -> SafeString:
    """A few lines around the first match, with the matches marked. ``<mark>`` is the only HTML in it."""
    text = plain(source.content)
    pattern = pattern_of((source.highlight or "")[:READ], question)
    first = pattern.search(text) if pattern else None
    start = max(0, first.start() - BEFORE) if first else 0
    if start:
        start = text.find(" ", start, start + BEFORE) + 1 or start
    piece = text[start : start + PASSAGE]
    parts, last = (["… "] if start else []), 0
    for found in pattern.finditer(piece) if pattern else ():
        parts += [html.escape(piece[last : found.start()]), "<mark>", html.escape(found[0]), "</mark>"]
        last = found.end()
    parts.append(html.escape(piece[last:]))
    if start + PASSAGE < len(text):
        parts.append(" …")
    return mark_safe("".join(parts))  # noqa: S308  (every part of it was escaped)


def whole(source: Source) -> SafeString | None:
    """The first WHOLE characters of the chunk, as the chunks page shows them; None if the passage is all of it."""
    if len(source.content) <= PASSAGE and "<table" not in source.content:
        return None
    return as_html(source.content, most=WHOLE)


def plain(content: str) -> str:
    """The plain text on one line; for a table, the text of its cells."""
    text = content[:READ]
    if "<table" in text:
        text = html.unescape(nh3.clean(_CELL.sub(r" \g<0>", text), tags=set(), clean_content_tags=_DROPPED))
    return legible(" ".join(text.split()))


def pattern_of(highlight: str, question: str) -> re.Pattern[str] | None:
    """What is marked in a hit: the passages that RAGFlow emphasised, otherwise the words of the question."""
    if highlight:
        marked = (" ".join(html.unescape(words).split()) for words in _EMPHASIS.findall(highlight))
        exact = sorted({words for words in marked if words}, key=len, reverse=True)
        if exact:
            return re.compile("|".join(re.escape(words) for words in exact[:200]), re.IGNORECASE)
    asked = dict.fromkeys(word.casefold() for word in _WORD.findall(question))
    words = [word for word in asked if word not in _SAYS_NOTHING][:_MARKED_WORDS]
    if not words:
        return None
    # Other endings of the same word count too: "month" and "months".
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\w{0,2}\b", re.IGNORECASE)
