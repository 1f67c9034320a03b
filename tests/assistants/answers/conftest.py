"""An answer as it comes from RAGFlow: in pieces."""

from __future__ import annotations

import random

from dashboard.assistants.answers.markdown import Draft
from dashboard.assistants.answers.marks import Citations


def grown(text: str, size: random.Random) -> str:
    """The text as it looks at the end when it came in pieces and was rendered after each."""
    draft, blocks, still_open, at = Draft(Citations()), "", "", 0
    while at < len(text):
        step = size.choice((1, 2, 3, 7, 20))
        draft.append(text[at : at + step])
        at += step
        done, still_open = draft.update()
        blocks += done
    done, still_open = draft.update(whole=True)
    return blocks + done + still_open
