"""How far an answer is written: its text, what of it is rendered, and the bytes that show it (``protocol``)."""

from __future__ import annotations

import time

from django.utils.safestring import mark_safe

from dashboard.assistants.answers.markdown import Draft, Rendered
from dashboard.assistants.answers.marks import Citations, visible_tail
from dashboard.assistants.stream import protocol


class Written:
    """An answer that grows. ``rendered`` tells whether all of it is; ``source_base`` see Citations.base."""

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
        """So many sources there are."""
        self._draft.citations.available = number

    def add(self, text: str) -> bytes:
        """More text; returns what of it can be shown before it is rendered."""
        self._text.append(text)
        self._draft.append(text)
        self.rendered = False
        visible, self._held = visible_tail(self._held + text)
        return protocol.text(visible) if visible else b""

    def start_over(self, text: str) -> None:
        """Another text in place of everything so far."""
        self._text = [text]
        self._blocks.clear()
        self._draft = Draft(Citations(self._draft.citations.available, self._source_base))
        self._draft.append(text)
        self._held = ""
        done, self._open = self._draft.update()
        self._blocks.append(done)
        self.rendered = True

    def render(self) -> tuple[bytes, float]:
        """What has become of the text since the last time, and how many seconds that took."""
        began = time.perf_counter()
        done, self._open = self._draft.update()
        if done:
            self._blocks.append(done)
        self.rendered = True
        return protocol.html(done, self._open), time.perf_counter() - began

    def so_far(self) -> bytes:
        """Everything that is rendered, for somebody who has nothing yet."""
        return protocol.html("".join(self._blocks), self._open, reset=True)

    def whole(self, sources: int) -> Rendered | None:
        """The finished answer with so many sources, without rendering again what was rendered on the way.

        None when it has to be rendered anew: a citation turned out to lead nowhere.
        """
        if self._whole is None:
            self._blocks.append(self._draft.finish())
            citations = self._draft.citations
            citations.available = sources
            # Every block came out of the sanitiser.
            self._whole = Rendered(mark_safe("".join(self._blocks)), citations)  # noqa: S308
        known = all(index < sources for index in self._whole.citations.numbers)
        return self._whole if known else None
