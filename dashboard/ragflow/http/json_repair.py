"""Repairs JSON whose strings and numbers could not be stored or shown.

RAGFlow's JSON can contain values that UTF-8, PostgreSQL, HTML forms or JSON itself don't allow: unpaired surrogates,
NUL, invalid UTF-8, NaN and Infinity. In strings they become U+FFFD, as numbers null; otherwise one document with such a
name or score would make a whole list unreadable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

# Deeper values are dropped from free-form fields, so that processing them never overflows the stack.
DEEPEST: Final = 64

# JSON with more places to repair is refused, because repairing it would block the process for seconds.
MOST_PLACES: Final = 100_000

# An odd number of backslashes begins an escape. They are matched as a run, so that matching stays linear.
_ESCAPE: Final = re.compile(
    rb"(?P<row>(?<!\\)\\++)(?:u[dD][89abAB][0-9a-fA-F]{2}(?P<low>\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))"
)
# The second alternative is a number that overflows a float, such as 1e999.
_NO_NUMBER: Final = re.compile(
    rb"-?(?:NaN|Infinity)|(?<![\w.+-])(?P<huge>-?\d{1,40}(?:\.\d{0,40})?[eE]\+?\d{3,9})(?!\d)"
)
_NESTING: Final = (dict, list)
_UNREADABLE: Final = rb"\ufffd"


def decode(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode JSON. Raises only msgspec.DecodeError.

    Adds almost no cost to valid JSON: it is repaired only if decoding fails.
    """
    try:
        return decoder.decode(body)
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        given = bytes(body)
        repaired = readable(given)
        if repaired == given:
            raise msgspec.DecodeError(str(error)) from None
    try:
        return decoder.decode(repaired)
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None


def readable(body: bytes) -> bytes:
    """The JSON as UTF-8, with U+FFFD for invalid characters and null for invalid numbers.

    Raises msgspec.DecodeError if there are too many of them.
    """
    text = body if _is_utf8(body) else body.decode("utf-8", "replace").encode()
    text, places = _ESCAPE.subn(_repaired, text, MOST_PLACES)
    if places == MOST_PLACES:
        raise msgspec.DecodeError("it has too many unreadable characters")
    return _with_numbers(text)


def without_nul(body: bytes) -> bytes:
    """The JSON with NUL replaced, which a decoder would accept. Almost free if there is none.

    Raises msgspec.DecodeError.
    """
    # Searching without the backslash, which is frequent in logs, is four times as fast.
    return readable(body) if b"u0000" in body else body


def says(raw: msgspec.Raw, literal: bytes) -> bool:
    """Whether the JSON is exactly this literal, such as null; does not copy long JSON."""
    return len(raw) == len(literal) and bytes(raw) == literal


def fields(found: dict[str, Any] | None) -> dict[str, Any]:
    """Free-form fields, such as a document's metadata, without those nested too deeply."""
    if not found:
        return {}
    # Usually nothing is dropped, and there are thousands of rows.
    if any(type(value) in _NESTING and _is_too_deep(value) for value in found.values()):
        return {key: value for key, value in found.items() if not _is_too_deep(value)}
    return found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _repaired(found: re.Match[bytes]) -> bytes:
    """The escape, with an unpaired surrogate or NUL replaced."""
    is_escape = len(found["row"]) % 2 == 1
    if found["low"] is None:
        return found["row"][:-1] + _UNREADABLE if is_escape else found[0]
    # After an escaped backslash, the first half is plain text and the second is unpaired.
    return found[0] if is_escape else found[0].removesuffix(found["low"]) + _UNREADABLE


def _with_numbers(body: bytes) -> bytes:
    """Replace NaN and the like with null, but not inside strings."""
    parts: list[bytes] = []
    at = 0
    in_text = False
    for number, found in enumerate(_NO_NUMBER.finditer(body)):
        if number == MOST_PLACES:
            raise msgspec.DecodeError("it has too many invalid numbers")
        start = found.start()
        between = body[at:start]
        # An odd number of unescaped quotes in between begins or ends a string.
        bare = between.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in between else between
        in_text ^= bare.count(b'"') % 2 == 1
        word, huge = found[0], found["huge"]
        is_null = not in_text and (huge is None or math.isinf(float(huge)))
        parts += (between, b"null" if is_null else word)
        at = start + len(word)
    return b"".join([*parts, body[at:]]) if parts else body


def _is_too_deep(value: Any) -> bool:
    """Whether lists and objects are nested more than DEEPEST levels."""
    layer = [value]
    for _ in range(DEEPEST):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
            if type(inner) in _NESTING
        ]
        if not layer:
            return False
    return True


def words(raw: Sequence[Any] | None) -> tuple[str, ...]:
    """Keywords, questions or values as strings; anything but strings and numbers is dropped."""
    return tuple(str(word) for word in raw or () if isinstance(word, (str, int, float)))
