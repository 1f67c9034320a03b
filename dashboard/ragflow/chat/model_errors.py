"""Errors of a model, which RAGFlow sends and stores as if they were text of the answer (contract §16.2).

A model that never began: ``**ERROR**: the reason``. One that failed in mid-answer: what it had said, and right behind
it the error, mostly with a code: ``The limit is **ERROR**: CONNECTION_ERROR - Connection error.``. Answers may speak of
errors, so in the middle of one only a code counts, or a last line that begins with the mark.
"""

from __future__ import annotations

import re
from typing import Final

ERROR_MARK: Final = "**ERROR**"

_CODED: Final = re.compile(r"(?<!`)\*\*ERROR\*\*: ?[A-Z][A-Z_]{3,40} - ")
_LAST_LINE: Final = f"\n{ERROR_MARK}: "
# What may be the beginning of a mark with its code at the end of a piece of text.
_BEGINNING: Final = re.compile(
    r"(?<!`)\*(?:\*(?:E(?:R(?:R(?:O(?:R(?:\*(?:\*(?:: ?(?:[A-Z][A-Z_]{0,40}(?: -?)?)?)?)?)?)?)?)?)?)?)?\Z"
)
_LONGEST: Final = 64


def divide(text: str) -> tuple[str, str]:
    """(what the model said, the error with its mark), the latter "" when it did not fail."""
    said, error = divide_early(text)
    last = text.rstrip().rfind("\n")
    if not error and last >= 0 and text.startswith(_LAST_LINE, last):
        return text[:last].rstrip(), text[last + 1 :]
    return said, error


def divide_early(text: str) -> tuple[str, str]:
    """The same for an answer that may go on: only what is an error whatever follows."""
    if text.lstrip().startswith(ERROR_MARK):
        return "", text
    if coded := _CODED.search(text):
        return text[: coded.start()].rstrip(), text[coded.start() :]
    return text, ""


def is_coded(error: str) -> bool:
    """Whether the error names a code, which no sentence does."""
    return _CODED.match(error.lstrip()) is not None


def begins(text: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of an error and have to wait."""
    begin = max(0, len(text) - _LONGEST)
    found = _BEGINNING.search(text, begin)
    return len(text) - found.start() if found else 0


def reason(text: str) -> str:
    """An error without its mark."""
    return text.strip().removeprefix(ERROR_MARK).lstrip(" :") or "The model failed without saying why."
