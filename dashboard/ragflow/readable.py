"""JSON whose texts any page, form and database can hold.

JSON can say two things that UTF-8, PostgreSQL and HTML forms cannot: half a pair of UTF-16 alone, and NUL. Both become
the sign for "unreadable"; otherwise one document with such a name would hide a whole list.
"""

from __future__ import annotations

import re
from typing import Final

# Every escape is met, so that an escaped backslash before "ud800" is left alone.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<unreadable>u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)|.)",
    re.DOTALL,
)


def readable(body: bytes) -> bytes:
    """The same JSON with U+FFFD in place of what cannot be held."""
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found["unreadable"] else found[0], body)


def without_nul(body: bytes) -> bytes:
    """The same for an answer that a decoder would take: costs next to nothing where there is no NUL."""
    # Without the backslash, of which logs are full: it is found four times as fast.
    return readable(body) if b"u0000" in body else body
