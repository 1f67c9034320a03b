"""A release of RAGFlow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

Number = tuple[int, int, int]

OLDEST: Final[Number] = (0, 24, 0)
NEWEST: Final[Number] = (0, 27, 0)

_NUMBER = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Release:
    """``text`` is the server's own word: "v0.27.0", "v0.24.0 slim", or a git hash if it was built from source.

    ``number`` decides which dialect is used; for a git hash it was guessed from the routes that the server has.
    ``implementation`` is "python" or "go": since 0.27, RAGFlow has an API server in Go that lacks many routes.
    """

    text: str
    number: Number
    implementation: str = "python"

    @property
    def is_newer(self) -> bool:
        """Whether this release is newer than every release that this client knows."""
        return self.number[:2] > NEWEST[:2]

    @property
    def is_older(self) -> bool:
        """Whether this release is older than every release that this client knows."""
        return self.number < OLDEST

    @property
    def is_guessed(self) -> bool:
        """Whether the server does not tell a release number."""
        return number_in(self.text) is None

    def __str__(self) -> str:
        return self.text


def number_in(text: str) -> Number | None:
    """(0, 24, 0) for "v0.24.0 slim"; None for a git hash."""
    found = _NUMBER.match(text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
