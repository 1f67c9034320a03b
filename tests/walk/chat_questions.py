"""Questions asked in a chat, as our own table has them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboard.models import ChatQuestion, Server
from tests.walk.words import Words


def make(server: Server, words: Words, assistant: str, session: str) -> None:
    """A question with a good answer, one with a bad one, one without sources, and one that failed."""
    source = {
        "id": "f" * 16, "document_id": "e" * 32, "document_name": words.names[0], "dataset_id": "d" * 32, "cited": True,
    }  # fmt: skip
    given: list[dict[str, Any]] = [
        {"good": True, "sources": [source], "found": 1},
        {"good": False, "comment": words.texts[0], "rated_by": words.names[0][:150], "sources": [source], "found": 1},
        {"found": 0, "closed_by": ""},
        {"status": "failed", "found": 0},
    ]
    for number, values in enumerate(given, 1):
        ChatQuestion.objects.create(
            server=server,
            assistant_id=assistant,
            session_id=session,
            number=number,
            username=words.names[-1][:150],
            question=words.texts[number % len(words.texts)],
            answer=words.texts[0],
            asked_at=timezone.now(),
            **({"status": "done"} | values),
        )
