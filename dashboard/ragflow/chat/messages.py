"""A message of a session, separated from the reasoning and errors that RAGFlow mixes into its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.ragflow.chat import model_errors

if TYPE_CHECKING:
    from dashboard.ragflow.types import Source

# RAGFlow's research mode ends lines of reasoning with HTML.
LINE_BREAK: Final = re.compile(r"<br {0,2}/?>", re.IGNORECASE)
_THINK: Final = "<think>"
_THOUGHT: Final = "</think>"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a session. A question and its answer share an ``id``; an opener, and 0.24 in part, have none."""

    role: str
    content: str
    sources: tuple[Source, ...]
    id: str = ""

    @property
    def thinking(self) -> str:
        """The model's reasoning without its tags; "" if there is none."""
        return self._divided()[0]

    @property
    def text(self) -> str:
        """The content without the reasoning, and without the error of a failed model."""
        return model_errors.divide(self._divided()[1])[0]

    @property
    def failure(self) -> str:
        """Why the model did not complete this answer; "" if it did. RAGFlow stores such errors as text."""
        error = model_errors.divide(self._divided()[1])[1]
        return model_errors.reason(error) if error else ""

    def _divided(self) -> tuple[str, str]:
        return split_thinking(self.content) if self.role == "assistant" else ("", self.content)


def split_thinking(text: str) -> tuple[str, str]:
    """Split an answer from the history, which contains ``<think>…</think>``, into (reasoning, answer).

    All blocks are reasoning, as during streaming. An unclosed block counts only at the start of a line, and one in
    backticks not at all.
    """
    thoughts: list[str] = []
    said: list[str] = []
    done = 0
    last_end = text.rfind(_THOUGHT)
    while (begin := text.find(_THINK, done)) >= 0:
        before, inside = text[done:begin], begin + len(_THINK)
        closed = begin < last_end
        if before.endswith("`") or (not closed and before.strip(" ") and not before.endswith("\n")):
            said.append(text[done:inside])
            done = inside
            continue
        end = text.find(_THOUGHT, inside) if closed else len(text)
        said.append(before)
        thoughts.append(LINE_BREAK.sub("\n", text[inside:end].replace(_THINK, "")).strip())
        done = end + len(_THOUGHT)
    if not thoughts:
        return "", text
    return "\n\n".join(filter(None, thoughts)), "".join((*said, text[done:])).lstrip()
