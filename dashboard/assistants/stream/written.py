"""The state of an answer being written: its text, its rendered part, and the bytes that show it (``protocol``)."""

from __future__ import annotations

import time

from django.utils.safestring import mark_safe

from dashboard.assistants.answers.markdown import Draft, Rendered
from dashboard.assistants.answers.marks import Citations, visible_tail
from dashboard.assistants.stream import protocol


class Written:
    """An answer that grows. ``rendered``: whether all of it is rendered; ``source_base``: see Citations.base."""

    def __init__(self, source_base: str) -> None:
        self.rendered = True
        self._source_base = source_base
        self._text: list[str] = []
        self._draft = Draft(Citations(base=source_base))
        self._blocks: list[str] = []
        self._open = ""
        self._held = ""
        self._whole: Rendered | None = None

    def __bool__(self) -> bool:
        return bool(self._text)

    @property
    def text(self) -> str:
        """The answer's Markdown."""
        return "".join(self._text)

    @property
    def open_size(self) -> int:
        """Characters of the block that is still being written, as HTML."""
        return len(self._open)

    def knows_sources(self, number: int) -> None:
        """Set the number of sources."""
        self._draft.citations.available = number

    def add(self, text: str) -> bytes:
        """Add text; returns the event with what can be shown before it is rendered."""
        self._text.append(text)
        self._draft.append(text)
        self.rendered = False
        visible, self._held = visible_tail(self._held + text)
        return protocol.text(visible) if visible else b""

    def start_over(self, text: str) -> None:
        """Replace everything so far with another text."""
        self._text = [text]
        self._blocks.clear()
        self._draft = Draft(Citations(self._draft.citations.available, self._source_base))
        self._draft.append(text)
        self._held = ""
        done, self._open = self._draft.update()
        self._blocks.append(done)
        self.rendered = True

    def render(self) -> tuple[bytes, float]:
        """Render what was added since the last call; returns the event and the seconds it took."""
        began = time.perf_counter()
        done, self._open = self._draft.update()
        if done:
            self._blocks.append(done)
        self.rendered = True
        return protocol.html(done, self._open), time.perf_counter() - began

    def so_far(self) -> bytes:
        """Everything rendered so far, as an event for a new subscriber."""
        return protocol.html("".join(self._blocks), self._open, reset=True)

    def whole(self, sources: int) -> Rendered | None:
        """The finished answer, reusing the blocks rendered so far.

        None if it has to be re-rendered, because a citation is beyond the number of ``sources``.
        """
        if self._whole is None:
            self._blocks.append(self._draft.finish())
            citations = self._draft.citations
            citations.available = sources
            # Every block was sanitised.
            self._whole = Rendered(mark_safe("".join(self._blocks)), citations)  # noqa: S308
        known = all(index < sources for index in self._whole.citations.numbers)
        return self._whole if known else None
