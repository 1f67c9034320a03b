"""Compares names regardless of their Unicode form.

Unicode has two forms for many letters: ü is one character (NFC, as keyboards produce) or a u followed by two dots (NFD,
as in file names on macOS). They look the same, but RAGFlow compares and searches bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def normal(name: str) -> str:
    """The name in NFC, so that names that look the same are equal."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """Like ``normal``, but case-insensitive, like RAGFlow's own search for duplicates."""
    return normal(unicodedata.normalize("NFD", name).casefold())


def forms(name: str) -> tuple[str, ...]:
    """The name as given and, if different, in its other Unicode form: the names to look up in RAGFlow."""
    both = (normal(name), unicodedata.normalize("NFD", name))
    return (name, *[form for form in both if form != name][:1])


def each_once(given: Iterable[str]) -> list[str]:
    """The names in order, without duplicates in either Unicode form."""
    found: dict[str, str] = {}
    for name in given:
        found.setdefault(normal(name), name)
    return list(found.values())


def without_blank_end(name: str) -> str:
    """The name up to its last visible character."""
    end = len(name)
    while end and (name[end - 1].isspace() or unicodedata.category(name[end - 1])[0] == "C"):
        end -= 1
    return name[:end]
