"""The model's thinking while it streams: in the end the same plain text that its history gives."""

from __future__ import annotations

import re
from typing import Final

from dashboard.ragflow.chat.messages import LINE_BREAK

# What may be the beginning of a line break at the end of a piece of text, and blanks before it.
_BROKEN: Final = re.compile(r"<(?:b(?:r {0,2}/?)?)?\Z", re.IGNORECASE)
_LONGEST: Final = 8


class Thoughts:
    """Thinking that comes in pieces, in one block or several. Its methods return what is to be shown now."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._held = ""
        self._block_begins = True

    def __bool__(self) -> bool:
        return bool(self._shown)

    @property
    def text(self) -> str:
        """All that was shown so far."""
        return "".join(self._shown)

    def begin(self) -> None:
        """Another block begins."""
        self._held = ""
        self._block_begins = True

    def add(self, piece: str) -> str:
        """More of the block. Blanks at its ends are left out, and what may be the beginning of a line break waits."""
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
