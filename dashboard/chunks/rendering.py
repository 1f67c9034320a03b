"""A chunk's text as safe HTML.

What a parser made of a document is untrusted. It is shown as text, with two exceptions: the tables that RAGFlow's
parsers write as HTML, cleaned to their bare structure, and the ``<em>`` marks of a keyword search (contract §12.2).
"""

from __future__ import annotations

import re
from typing import Final

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_TABLE: Final = re.compile(r"(<table\b[^>]*>.*?</table\s*>)", re.IGNORECASE | re.DOTALL)
_MARK: Final = re.compile(r"&lt;em&gt;(.*?)&lt;/em&gt;", re.DOTALL)
_TAGS: Final = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "br", "sub", "sup"}
_ATTRIBUTES: Final = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_DROPPED: Final = {"script", "style", "title", "iframe", "noscript", "template", "svg", "math"}


def as_html(content: str, *, marked: bool = False) -> SafeString:
    """The text of a chunk for a page. ``marked``: it comes from a keyword search and carries ``<em>`` marks."""
    pieces = []
    for index, piece in enumerate(_TABLE.split(content.strip())):
        if not piece.strip():
            continue
        if index % 2:
            pieces.append(f'<div class="ra-chunk-table">{_table(piece, marked)}</div>')
        else:
            pieces.append(f"<p>{_text(piece.strip(), marked)}</p>")
    # Safe: escaped by _text or cleaned by nh3.
    return mark_safe("".join(pieces))  # noqa: S308


def length(content: str, *, marked: bool = False) -> int:
    """Characters of the text itself, without the marks of a search."""
    return len(content) - (content.count("<em>") * 4 + content.count("</em>") * 5 if marked else 0)


def _text(text: str, marked: bool) -> str:
    escaped = str(escape(text))
    return _MARK.sub(r"<mark>\1</mark>", escaped) if marked else escaped


def _table(html: str, marked: bool) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS | ({"em"} if marked else set()),
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED,
        link_rel=None,
    )
    return cleaned.replace("<em>", "<mark>").replace("</em>", "</mark>") if marked else cleaned
