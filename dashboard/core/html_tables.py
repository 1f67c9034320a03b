"""Sanitises HTML tables from RAGFlow's parsers and from models down to their structure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

import nh3

TAGS: Final = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "br", "sub", "sup"})
_ATTRIBUTES: Final = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_DROPPED: Final = {"script", "style", "title", "iframe", "noscript", "template", "svg", "math"}


def clean(html: str, also: AbstractSet[str] = frozenset()) -> str:
    """The HTML reduced to table elements and those of ``also``. Other elements keep their text, except scripts."""
    return nh3.clean(html, tags=set(TAGS | also), attributes=_ATTRIBUTES, clean_content_tags=_DROPPED, link_rel=None)
