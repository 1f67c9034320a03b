"""A chunk's text as safe HTML.

What a parser made of a document is untrusted. It is shown as text, with two exceptions: the tables that RAGFlow's
parsers write as HTML, cleaned to their bare structure, and the ``<em>`` marks of a keyword search (contract §12.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard.ui import formatting, html_tables

# Bounded, so that no text can make them look through it again and again.
_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>", re.IGNORECASE)
_TABLE_END: Final = re.compile(r"</table\s{0,9}>", re.IGNORECASE)
_MARK: Final = re.compile(r"&lt;em&gt;(.{0,300}?)&lt;/em&gt;", re.DOTALL)
# More of one chunk than this is no help on a page.
_SHOWN: Final = 100_000
_MARKS: Final = re.compile(r"</?em>")
_WORDS: Final = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_SIGNS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\w\s]|_")


def as_html(content: str, *, marked: bool = False) -> SafeString:
    """The text of a chunk for a page. ``marked``: it comes from a keyword search and carries ``<em>`` marks."""
    pieces = []
    for piece, is_table in _parts(formatting.legible(formatting.clipped(content.strip(), _SHOWN))):
        if is_table:
            pieces.append(f'<div class="ra-chunk-table">{_table(piece, marked)}</div>')
        elif piece.strip():
            pieces.append(f"<p>{_text(piece.strip(), marked)}</p>")
    # Safe: escaped by _text or cleaned by nh3.
    return mark_safe("".join(pieces))  # noqa: S308


def length(content: str, *, marked: bool = False) -> int:
    """Characters of the text itself, without the marks of a search."""
    return len(content) - (content.count("<em>") * 4 + content.count("</em>") * 5 if marked else 0)


def tokens(content: str, *, marked: bool = False) -> int:
    """About how many tokens the text has; RAGFlow tells the sum of a document and not those of a chunk.

    Words of common length are one token, long ones more; Chinese, Japanese and Korean signs are about one each.
    """
    text = _MARKS.sub("", content) if marked else content
    if len(text) > _SHOWN:
        return tokens(text[:_SHOWN]) * len(text) // _SHOWN
    number = len(_SIGNS.findall(text))
    for word in _WORDS.findall(text):
        number += -(-len(word) // (8 if word.isascii() else 4))
    return number


def _parts(content: str) -> Iterator[tuple[str, bool]]:
    """The text cut before and after its tables: (piece, whether it is a table)."""
    done = 0
    for start in _TABLE.finditer(content):
        if start.start() < done:
            continue
        end = _TABLE_END.search(content, start.end())
        if end is None:
            break
        yield content[done : start.start()], False
        yield content[start.start() : end.end()], True
        done = end.end()
    yield content[done:], False


def _text(text: str, marked: bool) -> str:
    escaped = str(escape(text))
    return _MARK.sub(r"<mark>\1</mark>", escaped) if marked else escaped


def _table(html: str, marked: bool) -> str:
    cleaned = html_tables.clean(html, also={"em"} if marked else frozenset())
    return cleaned.replace("<em>", "<mark>").replace("</em>", "</mark>") if marked else cleaned
