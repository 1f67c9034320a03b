"""Sessions and questions: how releases differ (contract §15, §16; ragflow-0.27 §0.5, §6; ragflow-0.25-observed)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboard.ragflow.errors import UnsafeCall
from dashboard.ragflow.http.envelope import Answer
from dashboard.ragflow.http.json_repair import says
from dashboard.ragflow.releases.offers import THINKING_MODES, ThinkingMode, offers
from dashboard.ragflow.releases.release import Release


class WireMessage(msgspec.Struct):
    """``id`` is shared by a question and its answer. ``reference``: only 0.24 has it here."""

    role: str | None
    content: str | None = None
    id: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")


class WireSession(msgspec.Struct):
    """``reference``: only since 0.25."""

    id: str
    name: str | None = None
    chat_id: str | None = None
    messages: list[WireMessage | None] | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")
    create_time: float | None = None
    update_time: float | None = None


class _WireHistory(msgspec.Struct):
    messages: list[dict[str, Any] | None] | None = None


_row = msgspec.json.Decoder(WireSession)
_rows = msgspec.json.Decoder(list[WireSession])
_history = msgspec.json.Decoder(_WireHistory)


@dataclass(frozen=True, slots=True)
class SessionsDialect:
    """``method`` is that of a rename. ``has_owners``: RAGFlow keeps the ``user_id`` of a session and lists by it; since
    0.25 it ignores it. ``needs_history``: a question is sent with all messages, which replace the stored ones."""

    method: str
    has_owners: bool
    has_path: bool
    needs_history: bool
    has_thinking_modes: bool
    has_single_messages: bool

    def lookup(self, assistant_id: str, session_id: str) -> tuple[str, dict[str, str]]:
        """Path and query that read one session."""
        path = sessions_path(assistant_id)
        return (f"{path}/{session_id}", {}) if self.has_path else (path, {"id": session_id})

    def looked_up(self, answer: Answer, id: str) -> WireSession | None:
        """The session in the response to that; None if it is not there."""
        rows = [answer.decode(_row)] if self.has_path else answer.decode(_rows)
        return next((row for row in rows if row.id == id), None)

    def question(
        self, assistant_id: str, session_id: str, question: str, history: Sequence[Mapping[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """Path and body that ask a question in a session; ``history`` is as from ``history``, if it is needed.

        Since 0.25.6 the question is added to the stored messages. Before, in 0.25, a session has exactly the messages
        that came with the last question, so that all are sent, each as it was stored. ``pass_all_history_messages`` is
        never sent: it replaces the messages but not their references (ragflow-0.27 §6).
        """
        if not self.has_path:
            path = f"/api/v1/chats/{assistant_id}/completions"
            return path, {"question": question, "session_id": session_id, "stream": True}
        body: dict[str, Any] = {"chat_id": assistant_id, "session_id": session_id, "stream": True}
        if self.needs_history:
            body["messages"] = [*history, {"role": "user", "content": question, "id": secrets.token_hex(16)}]
        else:
            body["question"] = question
        return "/api/v1/chat/completions", body

    def thinking(self, mode: ThinkingMode) -> dict[str, Any]:
        """The part of a question's body that asks for a thinking mode. Raises UnsafeCall if there are none."""
        if not self.has_thinking_modes:
            raise UnsafeCall("this release of RAGFlow has no thinking modes")
        return {"reasoning": THINKING_MODES.index(mode) + 1}

    def message(self, assistant_id: str, session_id: str, message_id: str) -> str:
        """The path of a question and its answer. Raises UnsafeCall if this release knows only whole sessions."""
        if not self.has_single_messages:
            raise UnsafeCall("this release of RAGFlow can't change single messages")
        return f"{sessions_path(assistant_id)}/{session_id}/messages/{message_id}"

    @property
    def related_path(self) -> str:
        """Where further questions on a subject are asked for."""
        return "/api/v1/chat/recommendation" if self.has_path else "/api/v1/sessions/related_questions"

    def references(self, session: WireSession) -> list[msgspec.Raw]:
        """The references of the session's answers, in the order of the questions.

        0.24 attaches those of an answer to the assistant's previous message, beginning with the opener (contract §15).
        Since 0.25 they are a list beside the messages, one for each question. If there are more of them than questions,
        the session has lost its oldest messages, but not their references (seen on 0.25.4 and 0.27.0).
        """
        messages = [message for message in session.messages or () if message is not None]
        if not self.has_path:
            attached = (message.reference for message in messages if message.role == "assistant")
            return [reference for reference in attached if not says(reference, b"null")]
        try:
            found = msgspec.json.decode(session.reference, type=list[msgspec.Raw] | None) or []
        except msgspec.DecodeError:
            return []
        questions = sum(message.role == "user" for message in messages)
        return found[max(0, len(found) - questions) :]


def of(release: Release) -> SessionsDialect:
    """The dialect of a release."""
    is_new = release.number >= (0, 25, 0)
    return SessionsDialect(
        method="PATCH" if is_new else "PUT",
        has_owners=not is_new,
        has_path=is_new,
        needs_history=is_new and release.number < (0, 25, 6),
        has_thinking_modes=offers(release, "thinking modes"),
        has_single_messages=offers(release, "single messages"),
    )


def sessions_path(assistant_id: str) -> str:
    """The path of an assistant's sessions."""
    return f"/api/v1/chats/{assistant_id}/sessions"


def listed(answer: Answer) -> list[WireSession]:
    """The sessions of a page: a bare list on every release."""
    return answer.decode(_rows)


def made(answer: Answer) -> WireSession:
    """The session in the response to a create."""
    return answer.decode(_row)


def history(answer: Answer) -> list[dict[str, Any]]:
    """The stored messages of one session, with all that RAGFlow keeps of each."""
    return [message for message in answer.decode(_history).messages or () if message is not None]
