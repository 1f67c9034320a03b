"""A chunk's text as safe HTML.

The output of a parser is untrusted. It is shown as text, with two exceptions: tables that RAGFlow's parsers write as
HTML, reduced to their structure, and the ``<em>`` marks of a keyword search (contract §12.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from dashboard.core import formatting, html_tables

# Bounded, so that matching stays linear.
_TABLE: Final = re.compile(r"<table\b[^<>]{0,500}>", re.IGNORECASE)
_TABLE_END: Final = re.compile(r"</table\s{0,9}>", re.IGNORECASE)
_MARK: Final = re.compile(r"&lt;em&gt;(.{0,300}?)&lt;/em&gt;", re.DOTALL)
# Characters of a chunk that a list shows, and the most that a page shows on request.
BEGINNING: Final = 6_000
SHOWN: Final = 100_000
# In the HTML of a table, "<" and "&" begin tags and entities, which must not be split.
_UNBROKEN: Final = re.compile(rf"(?<![^\s<>&])[^\s<>&]{{{formatting.UNBROKEN + 1},}}")
_MARKS: Final = re.compile(r"</?em>")
_WORDS: Final = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_SIGNS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\w\s]|_")


def as_html(content: str, *, marked: bool = False, most: int = SHOWN) -> SafeString:
    """The text of a chunk as HTML. ``marked``: it comes from a keyword search and contains ``<em>`` marks.

    Text over ``most`` characters is cut to its beginning; text over SHOWN is cut to its two ends.
    """
    content = content.strip()
    content = formatting.clipped(content, SHOWN) if most >= SHOWN else _beginning(content, most, marked)
    pieces = []
    for piece, is_table in _parts(formatting.legible(content)):
        if is_table:
            pieces.append(f'<div class="ra-chunk-table">{_table(piece, marked)}</div>')
        elif piece.strip():
            pieces.append(f"<p>{_text(piece.strip(), marked)}</p>")
    # Safe: escaped by _text or cleaned by nh3.
    return mark_safe("".join(pieces))  # noqa: S308


def length(content: str, *, marked: bool = False) -> int:
    """The number of characters, not counting the marks of a search."""
    return len(content) - (content.count("<em>") * 4 + content.count("</em>") * 5 if marked else 0)


def tokens(content: str, *, marked: bool = False) -> int:
    """The estimated number of tokens, because RAGFlow reports only the total of a document.

    Words of common length count as one token, longer ones as more, and Chinese, Japanese and Korean characters as one.
    """
    text = _MARKS.sub("", content) if marked else content
    if len(text) > SHOWN:
        return tokens(text[:SHOWN]) * len(text) // SHOWN
    number = len(_SIGNS.findall(text))
    for word in _WORDS.findall(text):
        number += -(-len(word) // (8 if word.isascii() else 4))
    return number


def _beginning(content: str, most: int, marked: bool) -> str:
    """The first ``most`` characters. A table is cut after a complete row, and an open mark is closed."""
    if len(content) <= most:
        return content
    text = content[:most]
    table = text.lower().rfind("<table")
    if table > text.lower().rfind("</table"):
        row = text.lower().rfind("</tr", table)
        return f"{text[:row]}</tr></table>" if row > 0 else f"{text}</table>"
    if marked and text.rfind("<em>") > text.rfind("</em>"):
        text = f"{text}</em>"
    return f"{text} …"


def _parts(content: str) -> Iterator[tuple[str, bool]]:
    """The text split at its tables: (piece, whether it is a table)."""
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
    escaped = formatting.breakable(text)
    return _MARK.sub(r"<mark>\1</mark>", escaped) if marked else escaped


def _table(html: str, marked: bool) -> str:
    cleaned = html_tables.clean(html, also={"em"} if marked else frozenset())
    cleaned = _UNBROKEN.sub(lambda run: formatting.in_pieces(run[0], "<wbr>"), cleaned)
    return cleaned.replace("<em>", "<mark>").replace("</em>", "</mark>") if marked else cleaned
