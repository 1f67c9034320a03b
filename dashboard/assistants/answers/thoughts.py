"""The model's reasoning while it streams; in the end the same plain text that the history contains."""

from __future__ import annotations

import re
from typing import Final

from dashboard.ragflow.chat.messages import LINE_BREAK

# A possible start of a line break at the end of a piece of text, with the blanks before it.
_BROKEN: Final = re.compile(r"<(?:b(?:r {0,2}/?)?)?\Z", re.IGNORECASE)
_LONGEST: Final = 8


class Thoughts:
    """Reasoning that arrives in pieces, in one or more blocks. Its methods return the text to show now."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._held = ""
        self._block_begins = True

    def __bool__(self) -> bool:
        return bool(self._shown)

    @property
    def text(self) -> str:
        """All text shown so far."""
        return "".join(self._shown)

    def begin(self) -> None:
        """Start another block."""
        self._held = ""
        self._block_begins = True

    def add(self, piece: str) -> str:
        """Add text to the block. It is stripped, and a possible start of a line break is held back."""
        text = LINE_BREAK.sub("\n", self._held + piece)
        if self._block_begins:
            text = text.lstrip()
        broken = _BROKEN.search(text, max(0, len(text) - _LONGEST))
        visible = text[: broken.start() if broken else len(text)].rstrip()
        self._held = text[len(visible) :]
        if not visible:
            return ""
        if self._block_begins and self._shown:
            visible = f"\n\n{visible}"
        self._block_begins = False
        self._shown.append(visible)
        return visible
