"""When two names are the same name.

Unicode writes many letters in two ways: ü is one character (NFC, as keyboards give it) or a u followed by two dots
(NFD, as macOS names files). People cannot tell them apart, but RAGFlow compares and searches byte by byte.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def normal(name: str) -> str:
    """The name in one form, whichever it came in: equal for names that read the same."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """The same whatever the case of letters, as RAGFlow's own search for duplicates wants it."""
    return normal(unicodedata.normalize("NFD", name).casefold())


def forms(name: str) -> tuple[str, ...]:
    """The name as given, and where there is one, in its other form: what to ask RAGFlow for, one after the other."""
    both = (normal(name), unicodedata.normalize("NFD", name))
    return (name, *[form for form in both if form != name][:1])


def each_once(given: Iterable[str]) -> list[str]:
    """The names in their order, without those that are there already in whatever form."""
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
