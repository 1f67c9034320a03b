"""Model errors, which RAGFlow sends and stores as text of the answer (contract §16.2).

A model that never started: ``**ERROR**: the reason``. A model that failed during the answer: the text so far, directly
followed by the error, usually with a code: ``The limit is **ERROR**: CONNECTION_ERROR - Connection error.``. Answers
may be about errors, so within an answer only a code counts, or a last line that begins with the mark.
"""

from __future__ import annotations

import re
from typing import Final

ERROR_MARK: Final = "**ERROR**"

_CODED: Final = re.compile(r"(?<!`)\*\*ERROR\*\*: ?[A-Z][A-Z_]{3,40} - ")
_LAST_LINE: Final = f"\n{ERROR_MARK}: "
# A possible start of a mark and its code at the end of a piece of text.
_BEGINNING: Final = re.compile(
    r"(?<!`)\*(?:\*(?:E(?:R(?:R(?:O(?:R(?:\*(?:\*(?:: ?(?:[A-Z][A-Z_]{0,40}(?: -?)?)?)?)?)?)?)?)?)?)?)?\Z"
)
_LONGEST: Final = 64


def divide(text: str) -> tuple[str, str]:
    """Split a text into (answer, error with its mark); the error is "" if the model did not fail."""
    said, error = divide_early(text)
    last = text.rstrip().rfind("\n")
    if not error and last >= 0 and text.startswith(_LAST_LINE, last):
        return text[:last].rstrip(), text[last + 1 :]
    return said, error


def divide_early(text: str) -> tuple[str, str]:
    """Like ``divide``, for an answer that may continue: finds only what is an error whatever follows."""
    if text.lstrip().startswith(ERROR_MARK):
        return "", text
    if coded := _CODED.search(text):
        return text[: coded.start()].rstrip(), text[coded.start() :]
    return text, ""


def is_coded(error: str) -> bool:
    """Whether the error has a code, which normal text never has."""
    return _CODED.match(error.lstrip()) is not None


def begins(text: str) -> int:
    """The number of characters at the end of ``text`` that may start an error and must be held back."""
    begin = max(0, len(text) - _LONGEST)
    found = _BEGINNING.search(text, begin)
    return len(text) - found.start() if found else 0


def reason(text: str) -> str:
    """An error without its mark."""
    return text.strip().removeprefix(ERROR_MARK).lstrip(" :") or "The model failed without giving a reason."
