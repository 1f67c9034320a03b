"""The record of questions asked in chats, and of the thumbs that their answers got.

RAGFlow keeps sessions, but neither who asked nor, before 0.25.4, what people thought of an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from dashboard.assistants.answers.marks import Citations, with_numbers
from dashboard.assistants.chat.turns import Turn
from dashboard.models import ChatQuestion, Server
from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.types import Session, Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rating:
    """A thumb: up if the answer is ``good``, and what was said about one that is not."""

    good: bool
    comment: str = ""


def asked(server: Server, turn: Turn, user: User | None, username: str = "") -> None:
    """Record a question that is about to be answered. It replaces one that RAGFlow did not store.

    ``username`` is what somebody without an account is called.
    """
    ChatQuestion.objects.update_or_create(
        server=server,
        session_id=turn.session.id,
        number=turn.number,
        defaults={
            "assistant_id": turn.session.assistant_id,
            "turn_id": turn.id,
            "user": user,
            "username": user.get_username() if user else username,
            "question": turn.question,
            "asked_at": timezone.now(),
            "status": ChatQuestion.Status.ASKED,
            "answer": "",
            "sources": [],
            "found": None,
            "took_seconds": None,
        },
    )


def ended(turn: Turn) -> None:
    """Record how a question was answered. Does nothing for a question that is not recorded, as one of *Try it*."""
    try:
        ChatQuestion.objects.filter(turn_id=turn.id).update(
            status=turn.status.value,
            answer=turn.text,
            sources=_as_rows(turn.text, turn.sources),
            found=len(turn.sources),
            took_seconds=turn.took_seconds,
        )
    except DatabaseError as error:
        # The answer itself is with RAGFlow.
        logger.warning("Could not record an answer: %s", error)


def ratings(server: Server, session_id: str) -> Mapping[int, Rating]:
    """The thumbs in a session, by the number of the question."""
    rated = ChatQuestion.objects.filter(server=server, session_id=session_id, good__isnull=False)
    return {
        number: Rating(bool(good), comment) for number, good, comment in rated.values_list("number", "good", "comment")
    }


def rate(server: Server, session: Session, number: int, *, good: bool | None, comment: str, by: User) -> ChatQuestion:
    """Store a thumb, or take it back (None). Opens the question for review again.

    Raises LookupError if the session has no such answer.
    """
    question, answer = exchange_of(session, number)
    row, _made = ChatQuestion.objects.get_or_create(
        server=server,
        session_id=session.id,
        number=number,
        defaults={
            "assistant_id": session.assistant_id,
            "question": question.content,
            "answer": answer.text,
            "sources": _as_rows(answer.text, answer.sources),
            "found": len(answer.sources),
            "status": ChatQuestion.Status.FAILED if answer.failure else ChatQuestion.Status.ANSWERED,
            "asked_at": session.updated_at or timezone.now(),
        },
    )
    row.good, row.comment = good, comment
    row.rated_by, row.rated_at = ("", None) if good is None else (by.get_username(), timezone.now())
    row.closed_by, row.closed_at = "", None
    row.save(update_fields=["good", "comment", "rated_by", "rated_at", "closed_by", "closed_at"])
    return row


def forget(server: Server, session_id: str, number: int) -> None:
    """A question was deleted from its session: those after it move up."""
    rows = ChatQuestion.objects.filter(server=server, session_id=session_id)
    with transaction.atomic():
        rows.filter(number=number).delete()
        # One by one, upwards: two rows must never have one number.
        for pk in rows.filter(number__gt=number).order_by("number").values_list("pk", flat=True):
            rows.filter(pk=pk).update(number=F("number") - 1)


def forget_sessions(server: Server, sessions: Sequence[Session]) -> None:
    """Sessions were deleted in RAGFlow: what was asked in them goes, too."""
    ChatQuestion.objects.filter(server=server, session_id__in=[session.id for session in sessions]).delete()


def exchange_of(session: Session, number: int) -> tuple[Message, Message]:
    """A question of the session and its answer, counted from 1. LookupError if there is none."""
    count = 0
    for message, following in zip(session.messages, session.messages[1:], strict=False):
        count += message.role == "user"
        if message.role == "user" and count == number and following.role != "user":
            return message, following
    raise LookupError(number)


def _as_rows(text: str, sources: Sequence[Source]) -> list[dict[str, Any]]:
    citations = Citations(available=len(sources))
    with_numbers(text, citations)
    return [
        {
            "id": source.id,
            "document_id": source.document_id,
            "document_name": source.document_name,
            "dataset_id": source.dataset_id,
            "cited": place in citations.numbers,
        }
        for place, source in enumerate(sources)
    ]
