"""JSON whose texts and numbers any page, form and database can hold.

RAGFlow writes what Python's json writes. That can say things that UTF-8, PostgreSQL, HTML forms and JSON itself cannot:
half a pair of UTF-16 alone, NUL, bytes that are no UTF-8, NaN and Infinity. Texts get the sign for "unreadable" and
numbers become null; otherwise one document with such a name or score would hide a whole list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

# What nests deeper is left out of free fields: no stack is ever too short for what is done with them.
DEEPEST: Final = 64

# What has more than so many places to look at is not mended: it would stop everybody else for seconds.
MOST_PLACES: Final = 100_000

# An odd number of backslashes begins an escape. They are taken at once, lest a long row of them be counted for each.
_ESCAPE: Final = re.compile(
    rb"(?P<row>(?<!\\)\\++)(?:u[dD][89abAB][0-9a-fA-F]{2}(?P<low>\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))"
)
# The second is a number too large for any machine, such as 1e999.
_NO_NUMBER: Final = re.compile(
    rb"-?(?:NaN|Infinity)|(?<![\w.+-])(?P<huge>-?\d{1,40}(?:\.\d{0,40})?[eE]\+?\d{3,9})(?!\d)"
)
_NESTING: Final = (dict, list)
_UNREADABLE: Final = rb"\ufffd"


def decode(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """What the JSON says, as ``decoder`` wants it. Raises msgspec.DecodeError and nothing else.

    Costs next to nothing where the JSON is in order: only what cannot be decoded is looked at again.
    """
    try:
        return decoder.decode(body)
    except RecursionError:
        raise msgspec.DecodeError("it nests too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        given = bytes(body)
        mended = readable(given)
        if mended == given:
            raise msgspec.DecodeError(str(error)) from None
    try:
        return decoder.decode(mended)
    except RecursionError:
        raise msgspec.DecodeError("it nests too deeply") from None


def readable(body: bytes) -> bytes:
    """The same JSON in UTF-8, with U+FFFD for what texts cannot hold and null for what is no number.

    Raises msgspec.DecodeError when there is too much of it.
    """
    text = body if _is_utf8(body) else body.decode("utf-8", "replace").encode()
    text, places = _ESCAPE.subn(_mended, text, MOST_PLACES)
    if places == MOST_PLACES:
        raise msgspec.DecodeError("it is full of what no text can hold")
    return _with_numbers(text)


def without_nul(body: bytes) -> bytes:
    """The same for an answer that a decoder would take: costs next to nothing where there is no NUL.

    Raises msgspec.DecodeError.
    """
    # Without the backslash, of which logs are full: it is found four times as fast.
    return readable(body) if b"u0000" in body else body


def says(raw: msgspec.Raw, literal: bytes) -> bool:
    """Whether the JSON is just this, such as null; compared without copying megabytes."""
    return len(raw) == len(literal) and bytes(raw) == literal


def fields(found: dict[str, Any] | None) -> dict[str, Any]:
    """The free fields of a thing, such as a document's metadata, without those that nest too deeply."""
    if not found:
        return {}
    # Nearly always all are kept, and there are thousands of things with some fields each.
    if any(type(value) in _NESTING and _is_too_deep(value) for value in found.values()):
        return {key: value for key, value in found.items() if not _is_too_deep(value)}
    return found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mended(found: re.Match[bytes]) -> bytes:
    """The same, with half a pair or NUL replaced."""
    is_escape = len(found["row"]) % 2 == 1
    if found["low"] is None:
        return found["row"][:-1] + _UNREADABLE if is_escape else found[0]
    # After an escaped backslash the first half is plain text, and the second stands alone.
    return found[0] if is_escape else found[0].removesuffix(found["low"]) + _UNREADABLE


def _with_numbers(body: bytes) -> bytes:
    """With null for NaN and its like where they are values; in texts they are words like others."""
    parts: list[bytes] = []
    at = 0
    in_text = False
    for number, found in enumerate(_NO_NUMBER.finditer(body)):
        if number == MOST_PLACES:
            raise msgspec.DecodeError("it is full of what is no number")
        start = found.start()
        between = body[at:start]
        # An odd number of quotes in between, not counting the escaped ones, begins or ends a text.
        bare = between.replace(rb"\\", b"").replace(rb"\"", b"") if b"\\" in between else between
        in_text ^= bare.count(b'"') % 2 == 1
        word, huge = found[0], found["huge"]
        is_null = not in_text and (huge is None or math.isinf(float(huge)))
        parts += (between, b"null" if is_null else word)
        at = start + len(word)
    return b"".join([*parts, body[at:]]) if parts else body


def _is_too_deep(value: Any) -> bool:
    """Whether lists and objects lie in one another more than DEEPEST times."""
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
    """Keywords, questions or values as texts; what is neither a text nor a number is left out."""
    return tuple(str(word) for word in raw or () if isinstance(word, (str, int, float)))
